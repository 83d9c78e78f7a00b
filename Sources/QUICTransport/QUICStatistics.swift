import CNgtcp2

/// Counters of one connection since it began, or of one endpoint: for progress lines and metrics.
public struct QUICStatistics: Sendable, Equatable {
    public var packetsSent: UInt64 = 0
    public var packetsReceived: UInt64 = 0
    public var packetsLost: UInt64 = 0
    public var bytesSent: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    public var bytesLost: UInt64 = 0
    public var bytesInFlight: UInt64 = 0
    /// Bytes; zero in an endpoint's sum.
    public var congestionWindow: UInt64 = 0
    /// Nanoseconds; zero in an endpoint's sum.
    public var smoothedRTT: UInt64 = 0
    public var minimumRTT: UInt64 = 0
    public var latestRTT: UInt64 = 0
    /// sendmsg calls, and how many of them carried more than one datagram.
    public var sendCalls: UInt64 = 0
    public var segmentedSends: UInt64 = 0
    public var datagramsDropped: UInt64 = 0
    public var streamsOpen: Int = 0

    public init() {}

    mutating func read(_ info: ngtcp2_conn_info) {
        packetsSent = info.pkt_sent
        packetsReceived = info.pkt_recv
        packetsLost = info.pkt_lost
        bytesSent = info.bytes_sent
        bytesReceived = info.bytes_recv
        bytesLost = info.bytes_lost
        bytesInFlight = info.bytes_in_flight
        congestionWindow = info.cwnd
        smoothedRTT = info.smoothed_rtt
        minimumRTT = info.min_rtt
        latestRTT = info.latest_rtt
    }
}
