import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import RelayCore

/// A track of ours: what is written here goes to every peer that subscribed to it.
///
/// It is a `TrackLog` as a relay has it, so a publisher's bytes take the relay's path: priorities and
/// cancellation act until they leave. FETCH is answered from what the log keeps. It may be offered on several
/// connections at once (`ClientConnection.addTrack`).
public final class TrackPublisher {
    public let name: FullTrackName
    public let properties: TrackProperties
    /// A peer wants objects: it subscribed, took our PUBLISH, or resumed forwarding.
    public var onSubscribed: () -> Void = {}
    /// A subscription is over: delivered to the end, cancelled, or lost with its connection.
    public var onUnsubscribed: () -> Void = {}
    /// A subscriber asks for a group of this number or later, and the track's properties allow it (DYNAMIC_GROUPS):
    /// begin one as soon as it suits. Called for numbers above the current group only; 0 = any.
    public var onNewGroupRequested: (UInt64) -> Void = { _ in }
    /// Whether objects carry properties (`write(properties:)`); fixed for each group when it begins.
    public var carriesProperties = false

    public private(set) var hasEnded = false
    /// Peers that have subscribed, forwarding or not.
    public var subscriptionCount: Int { active.count }
    /// Peers that the track goes to now.
    public var forwardingCount: Int { active.values.count { $0 } }
    /// The group that is open, or was last.
    public private(set) var group: UInt64?
    public private(set) var objectCount: UInt64 = 0
    /// Payload bytes written.
    public private(set) var byteCount: UInt64 = 0

    let log: TrackLog
    /// Whether each subscription wants objects at the moment (its Forward State).
    private var active: [Delivery: Bool] = [:]

    /// One subscription to the track.
    private struct Delivery: Hashable {
        var connection: ObjectIdentifier
        var request: RequestID

        init(_ connection: ClientConnection, _ request: RequestID) {
            self.connection = ObjectIdentifier(connection)
            self.request = request
        }
    }
    private struct Offer {
        weak var connection: ClientConnection?
    }
    /// The connections on which it is offered.
    private var offers: [ObjectIdentifier: Offer] = [:]
    private var slab = SlabWriter()
    private var subgroups: [UInt64: IngestHandle] = [:]
    private var subgroupCount: UInt64 = 1
    private var nextObject: UInt64 = 0
    private var groupHasProperties = false

    /// A publisher has one source only: itself.
    private static let source: SourceID = 1
    private static let shape = Draft.all.first?.rules.bodyShape ?? WireShape(rawValue: 0)

    init(name: FullTrackName, properties: TrackProperties, client: Client) {
        self.name = name
        self.properties = properties
        var limits = TrackLogLimits()
        limits.byteCount = 64 * 1024 * 1024
        limits.minimumAgeNanoseconds = 60_000_000_000
        log = TrackLog(encoding: client.encoder, shard: client.shard, limits: limits)
        log.defaultPublisherPriority = properties.defaultPublisherPriority ?? TrackProperties.defaultPriority
        // What is not written here does not exist.
        log.beginningSeen()
    }

    // MARK: Writing

    /// Begins a group, ending the one before. Its objects are dealt over `subgroupCount` streams in turn.
    public func beginGroup(_ id: UInt64, subgroupCount: UInt64 = 1) {
        endGroup()
        guard !hasEnded else { return }
        group = id
        nextObject = 0
        endsWithDatagram = false
        self.subgroupCount = max(subgroupCount, 1)
        groupHasProperties = carriesProperties
        isGroupOpen = true
    }

    /// Writes the group's next object on a stream. Ignored outside a group.
    public func write(_ payload: [UInt8], properties: [Property] = []) {
        guard isGroupOpen, let group else { return }
        let bytes = slab.copy(payload)
        let subgroup = nextObject % subgroupCount
        let handle = subgroups[subgroup] ?? beginSubgroup(subgroup, of: group)
        var header = ObjectHeader(objectID: nextObject, payloadByteCount: UInt64(payload.count))
        if groupHasProperties { header.properties = Self.block(properties) }
        log.objectBegan(handle, header)
        endsWithDatagram = false
        if !bytes.isEmpty { log.payloadArrived(handle, bytes) }
        log.objectEnded(handle)
        count(payload)
    }

    /// Writes the group's next object as a datagram; it is lost when it does not fit or the path loses it.
    /// `endsGroup`: it is the group's last.
    public func writeDatagram(_ payload: [UInt8], properties: [Property] = [], endsGroup: Bool = false) {
        guard isGroupOpen, let group else { return }
        let block = properties.isEmpty ? nil : Self.block(properties)
        let datagram = ObjectDatagram(
            alias: TrackAlias(0), location: Location(group: group, object: nextObject),
            endOfGroup: endsGroup, properties: block,
            payload: slab.copy(payload))
        log.datagramArrived(source: Self.source, datagram)
        endsWithDatagram = true
        count(payload)
    }

    /// Ends the open group, if there is one.
    public func endGroup() {
        guard isGroupOpen else { return }
        isGroupOpen = false
        // With one subgroup its header has promised that its end is the group's end; several need a mark, and so does
        // one that is not the last to have an object.
        if subgroups.count > 1 || endsWithDatagram, let last = subgroups[0] {
            log.objectBegan(
                last, ObjectHeader(objectID: nextObject, status: .endOfGroup, payloadByteCount: 0))
            log.objectEnded(last)
        }
        for handle in subgroups.values { log.subgroupEnded(handle, .finished) }
        subgroups = [:]
    }

    /// Ends the track: subscriptions end when everything was delivered.
    public func end() {
        guard !hasEnded else { return }
        endGroup()
        hasEnded = true
        log.trackEnded(.trackEnded)
        for offer in offers.values { offer.connection?.wantsToSend() }
    }

    /// Bytes that were written and have not been taken by the transport yet, of the slowest subscription.
    public var waitingByteCount: UInt64 {
        active.keys.reduce(0) { most, delivery in
            let connection = offers[delivery.connection]?.connection
            return max(most, connection?.peer.delivery.waitingByteCount(of: delivery.request.value) ?? 0)
        }
    }

    private var isGroupOpen = false
    /// The group's newest object is a datagram.
    private var endsWithDatagram = false

    private func beginSubgroup(_ subgroup: UInt64, of group: UInt64) -> IngestHandle {
        let header = LogSubgroupHeader(
            group: group, subgroup: .explicit(subgroup), hasProperties: groupHasProperties,
            endOfGroup: subgroupCount == 1, firstObject: true)
        let handle = log.subgroupBegan(source: Self.source, header)
        subgroups[subgroup] = handle
        return handle
    }

    private func count(_ payload: [UInt8]) {
        nextObject += 1
        objectCount += 1
        byteCount += UInt64(payload.count)
    }

    private static func block(_ properties: [Property]) -> PropertyBlock? {
        do throws(WireError) { return try PropertyTranscoder.block(properties, shape) } catch { return nil }
    }

    // MARK: For the connection

    func offered(on connection: ClientConnection) {
        offers[ObjectIdentifier(connection)] = Offer(connection: connection)
    }

    func deliveryBegan(_ connection: ClientConnection, _ id: RequestID, forward: Bool) {
        active[Delivery(connection, id)] = forward
        if forward { onSubscribed() }
    }

    func newGroupRequested(_ parameters: MessageParameters) {
        guard let value = parameters.newGroupRequest, properties.dynamicGroups == true,
            value == 0 || group.map({ value > $0 }) ?? true
        else { return }
        onNewGroupRequested(value)
    }

    func forwardChanged(_ connection: ClientConnection, _ id: RequestID, to forward: Bool) {
        let delivery = Delivery(connection, id)
        guard let before = active[delivery], before != forward else { return }
        active[delivery] = forward
        if forward { onSubscribed() }
    }

    func deliveryEnded(_ connection: ClientConnection, _ id: RequestID) {
        if active.removeValue(forKey: Delivery(connection, id)) != nil { onUnsubscribed() }
    }

    func connectionClosed(_ connection: ClientConnection) {
        let key = ObjectIdentifier(connection)
        offers[key] = nil
        let lost = active.keys.filter { $0.connection == key }
        for delivery in lost { active[delivery] = nil }
        if !lost.isEmpty { onUnsubscribed() }
    }
}
