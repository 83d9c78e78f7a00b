/// The figures of one run. Shares are 0...1, times as their names say.
public struct BenchResult: Sendable {
    public let scenario: Scenario
    public let target: BenchTarget
    public internal(set) var draft: Int?
    /// MOQT_IMPLEMENTATION of the relay, unescaped.
    public internal(set) var implementation: String?
    public internal(set) var connections = 0
    public internal(set) var failedConnections = 0
    /// Closed by the generator as the scenario says, before the end.
    public internal(set) var leftConnections = 0
    var problem: String?
    var firstFailure: String?

    var wallMicroseconds: UInt64 = 0
    var ownMicroseconds: UInt64 = 0
    var largestLag: UInt64 = 0
    var relayMicroseconds: UInt64?
    var relayResidentBytes: UInt64?
    var relayPeakResidentBytes: UInt64?
    var relayResidentBefore: UInt64?
    var relayResidentJoined: UInt64?

    var classes: [Tally.Counts] = []
    var connectTime = LatencyHistogram()
    var joinTime = LatencyHistogram()
    /// Objects that were due in the window, once per track.
    public internal(set) var offered: UInt64 = 0
    /// The same, once per subscription of a healthy reader.
    public internal(set) var expected: UInt64 = 0
    var churnSubscribes: UInt64?
    var churnAccepted: UInt64?
    var namespacesAccepted: Int?
    /// From PUBLISH_NAMESPACE to the notification of who watches.
    var notifyTime = LatencyHistogram()
    /// How much the relay grew during the measurement, by namespace announced.
    public internal(set) var residentPerNamespace: Double?

    init(scenario: Scenario, target: BenchTarget) {
        self.scenario = scenario
        self.target = target
    }

    /// Above this the generator may have been what was measured.
    static let generatorLimit = 0.7
    /// Below this the relay did less than was asked of it.
    static let deliveryLimit = 0.999

    var healthy: Tally.Counts { self[.healthy] }
    subscript(kind: ReaderClass) -> Tally.Counts {
        kind.rawValue < classes.count ? classes[kind.rawValue] : Tally.Counts()
    }

    /// Whole objects of any reader that came while the window was open.
    public var arrived: UInt64 { classes.reduce(0) { $0 + $1.arrived } }
    public var arrivedByteCount: UInt64 { classes.reduce(0) { $0 + $1.arrivedByteCount } }
    /// Those of them that came as datagrams: a relay may send an object either way.
    public var arrivedAsDatagrams: UInt64 { classes.reduce(0) { $0 + $1.arrivedAsDatagrams } }
    public var deliveredShare: Double? {
        expected > 0 ? Double(healthy.delivered) / Double(expected) : nil
    }
    public var lost: UInt64 { expected > healthy.delivered ? expected - healthy.delivered : 0 }

    public var generatorShare: Double {
        wallMicroseconds > 0 ? Double(ownMicroseconds) / Double(wallMicroseconds) : 0
    }
    public var relayShare: Double? {
        relayMicroseconds.flatMap { wallMicroseconds > 0 ? Double($0) / Double(wallMicroseconds) : nil }
    }
    /// The figure: the relay's CPU time by delivered object.
    public var relayMicrosecondsPerObject: Double? {
        relayMicroseconds.flatMap { arrived > 0 ? Double($0) / Double(arrived) : nil }
    }
    public var relaySecondsPerGigabyte: Double? {
        relayMicroseconds.flatMap {
            arrivedByteCount > 0 ? Double($0) * 1000 / Double(arrivedByteCount) : nil
        }
    }
    /// How much the relay grew while the connections were made, by connection.
    public var residentPerConnection: Double? {
        guard let before = relayResidentBefore, let joined = relayResidentJoined, connections > 0 else {
            return nil
        }
        return (Double(joined) - Double(before)) / Double(connections)
    }

    /// Why the figures count for nothing; nil when they do.
    public var voidReason: String? {
        if let problem { return problem }
        if failedConnections > 0 {
            return "\(failedConnections) of \(connections) connections failed (\(firstFailure ?? ""))"
        }
        if generatorShare > Self.generatorLimit {
            return "the generator used \(Int(generatorShare * 100)) % of its core"
        }
        if let share = deliveredShare, share < Self.deliveryLimit {
            return "only \(healthy.delivered) of \(expected) objects were delivered"
        }
        if healthy.damaged > 0 { return "\(healthy.damaged) objects came damaged" }
        return nil
    }
}
