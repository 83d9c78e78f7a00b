import Foundation

/// One workload, as a small JSON file or as flags say it: who publishes what, who reads it and how.
///
/// Every field has a default, so that a file names only what it is about.
public struct Scenario: Sendable, Equatable {
    public var name = "custom"
    /// What it is for, in a sentence.
    public var about = ""

    // What is published.

    /// Connections that publish.
    public var publishers = 1
    /// Tracks of each publisher.
    public var tracks = 1
    /// Bytes of each object; at least `ObjectStamp.byteCount`.
    public var objectByteCount = 20_833
    /// Objects per second and track; 0 = the tracks exist and stay silent.
    public var objectsPerSecond = 30.0
    public var objectsPerGroup: UInt64 = 60
    /// Streams of each group, over which its objects are dealt in turn.
    public var subgroups: UInt64 = 1
    public var usesDatagrams = false

    // Who reads it.

    /// Connections that read at full speed, from before the measurement on.
    public var subscribers = 100
    /// Tracks that each of them subscribes to, dealt in turn.
    public var subscriptions = 1
    /// Seconds over which the connections are spread when they are made.
    public var joinSeconds = 1.0
    /// Further connections that come during the measurement, within `lateJoinSeconds` from its start.
    public var lateJoiners = 0
    public var lateJoinSeconds = 1.0
    /// Seconds after its first SUBSCRIBE_OK at which each of them closes its connection; 0 = it stays.
    public var lateStaySeconds = 0.0
    /// Further connections that read no more than `slowBytesPerSecond`.
    public var slowReaders = 0
    public var slowBytesPerSecond = 65_536.0
    /// Further connections that subscribe and never give a byte of credit back.
    public var stalledReaders = 0
    /// Further connections that do nothing after SETUP.
    public var idleConnections = 0
    /// SUBSCRIBEs per second on one further connection, each cancelled `churnHoldMilliseconds` later.
    public var churnPerSecond = 0.0
    public var churnHoldMilliseconds = 50.0

    // Who announces.

    /// Namespaces that are announced in the first half of the measurement, and stay.
    public var namespaces = 0
    /// Connections that announce them, in turn.
    public var announcers = 50
    /// Connections that are told of them, each of its share.
    public var watchers = 0

    // How long.

    /// Seconds between the last join and the measurement.
    public var warmUpSeconds = 2.0
    public var seconds = 10.0

    public init() {}

    /// Connections that receive objects in the measurement.
    public var readerCount: Int { subscribers + lateJoiners + slowReaders + stalledReaders }
    /// Payload bits per second that one publisher's track offers.
    public var bitsPerSecondPerTrack: Double { Double(objectByteCount) * objectsPerSecond * 8 }

    /// What makes no sense about it, as a sentence; nil when it can be run.
    public var objection: String? {
        if objectByteCount < ObjectStamp.byteCount || objectByteCount > 16 << 20 {
            return "an object has \(ObjectStamp.byteCount) bytes to 16 MB"
        }
        if usesDatagrams, objectByteCount > 1_150 { return "a datagram has at most 1150 bytes here" }
        if publishers < 0 || tracks < 1 || publishers * tracks > 100_000 {
            return "there are 1 to 100000 tracks"
        }
        if objectsPerSecond < 0 || objectsPerSecond > 1_000_000 { return "that rate is out of range" }
        if objectsPerGroup < 1 || subgroups < 1 || subgroups > 64 {
            return "a group has at least one object and 1 to 64 subgroups"
        }
        if [joinSeconds, lateJoinSeconds, lateStaySeconds, churnHoldMilliseconds].contains(where: {
            !($0 >= 0)
        }) {
            return "a time cannot be negative"
        }
        if seconds <= 0 || seconds > 86_400 || warmUpSeconds < 0 { return "that duration is out of range" }
        let counts = [
            subscribers, lateJoiners, slowReaders, stalledReaders, idleConnections, namespaces, watchers,
        ]
        if counts.contains(where: { $0 < 0 || $0 > 100_000 }) { return "a count is out of range" }
        if announcers < 1 || announcers > 1_000 { return "there are 1 to 1000 announcers" }
        if subscriptions < 0 || subscriptions > max(1, publishers * tracks) {
            return "a connection can subscribe to each track once"
        }
        return nil
    }
}

extension Scenario: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case name, about, publishers, tracks, objectByteCount, objectsPerSecond, objectsPerGroup, subgroups
        case usesDatagrams, subscribers, subscriptions, joinSeconds, lateJoiners, lateJoinSeconds,
            lateStaySeconds
        case slowReaders, slowBytesPerSecond, stalledReaders, idleConnections, churnPerSecond
        case churnHoldMilliseconds, namespaces, announcers, watchers, warmUpSeconds, seconds
    }

    /// Any key, to find those that we do not know.
    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        self.init()
        for key in try decoder.container(keyedBy: AnyKey.self).allKeys
        where Key(rawValue: key.stringValue) == nil {
            throw ScenarioFailure(reason: "'\(key.stringValue)' is not a field of a scenario")
        }
        let fields = try decoder.container(keyedBy: Key.self)
        func read<T: Decodable>(_ key: Key, _ path: WritableKeyPath<Scenario, T>) throws {
            if let value = try fields.decodeIfPresent(T.self, forKey: key) { self[keyPath: path] = value }
        }
        try read(.name, \.name)
        try read(.about, \.about)
        try read(.publishers, \.publishers)
        try read(.tracks, \.tracks)
        try read(.objectByteCount, \.objectByteCount)
        try read(.objectsPerSecond, \.objectsPerSecond)
        try read(.objectsPerGroup, \.objectsPerGroup)
        try read(.subgroups, \.subgroups)
        try read(.usesDatagrams, \.usesDatagrams)
        try read(.subscribers, \.subscribers)
        try read(.subscriptions, \.subscriptions)
        try read(.joinSeconds, \.joinSeconds)
        try read(.lateJoiners, \.lateJoiners)
        try read(.lateJoinSeconds, \.lateJoinSeconds)
        try read(.lateStaySeconds, \.lateStaySeconds)
        try read(.slowReaders, \.slowReaders)
        try read(.slowBytesPerSecond, \.slowBytesPerSecond)
        try read(.stalledReaders, \.stalledReaders)
        try read(.idleConnections, \.idleConnections)
        try read(.churnPerSecond, \.churnPerSecond)
        try read(.churnHoldMilliseconds, \.churnHoldMilliseconds)
        try read(.namespaces, \.namespaces)
        try read(.announcers, \.announcers)
        try read(.watchers, \.watchers)
        try read(.warmUpSeconds, \.warmUpSeconds)
        try read(.seconds, \.seconds)
    }

    /// Reads a scenario file's text; throws a sentence.
    public init(json: [UInt8]) throws(ScenarioFailure) {
        do {
            self = try JSONDecoder().decode(Scenario.self, from: Data(json))
        } catch let failure as ScenarioFailure {
            throw failure
        } catch {
            throw ScenarioFailure(reason: "it is not the JSON of a scenario (\(error))")
        }
        if let objection { throw ScenarioFailure(reason: objection) }
    }
}
