import Containers

/// The bytes that a `SendSource` wants in the next packet. The transport reuses one value for a whole write
/// loop; the source fills it and allocates nothing.
public struct SendChunk {
    public enum Target: Sendable {
        /// The payloads are the next bytes of this stream.
        case stream(StreamID)
        /// The payloads together are one datagram; it is dropped if it is too large for the path.
        case datagram
    }

    public var target: Target = .datagram
    /// Shared bytes; the transport keeps what it accepted until it is acknowledged.
    public var payloads: [Payload] = []
    /// The stream ends after these bytes.
    public var fin = false
    /// The source has nothing behind these bytes of a stream, and need not be asked again in this turn.
    public var isLast = false

    /// More payloads than this in one chunk are a waste: one packet or one GSO train is full long before.
    public static let maximumPayloadCount = 32

    public init() { payloads.reserveCapacity(Self.maximumPayloadCount) }

    public mutating func clear() {
        // Cheaper than `removeAll` for the one or two that there usually are.
        while !payloads.isEmpty { payloads.removeLast() }
        fin = false
        isLast = false
    }
}
