import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import RelayCore

/// A connection that announces a namespace and publishes its tracks to whoever subscribes.
final class BenchPublisher: BenchConnection {
    let place: Int
    private let scenario: Scenario
    private let tracks: BenchTracks
    private var logs: [FullTrackName: TrackLog] = [:]
    private var outputs: [Output] = []
    private var announcement: RequestID?

    /// One track on its way out.
    private struct Output {
        let log: TrackLog
        var handles: [IngestHandle?]
        var group: UInt64 = 0
        var nextObject: UInt64 = 0
    }

    private static let source: SourceID = 1

    init(host: BenchHost, place: Int, scenario: Scenario, tracks: BenchTracks) {
        self.place = place
        self.scenario = scenario
        self.tracks = tracks
        super.init(host: host)
        var limits = TrackLogLimits()
        limits.minimumAgeNanoseconds = 2_000_000_000
        for index in 0..<scenario.tracks {
            let log = TrackLog(encoding: host.encoder, shard: host.shard, limits: limits)
            logs[tracks.name(index * tracks.publisherCount + place)] = log
            outputs.append(Output(log: log, handles: Array(repeating: nil, count: Int(scenario.subgroups))))
        }
    }

    /// Puts object `sequence` of track `index` into the log; it leaves at the end of the turn.
    func publish(_ payload: Payload, track index: Int, sequence: UInt64) {
        let group = sequence / scenario.objectsPerGroup
        let object = sequence % scenario.objectsPerGroup
        if scenario.usesDatagrams {
            let datagram = ObjectDatagram(
                alias: TrackAlias(0), location: Location(group: group, object: object),
                endOfGroup: object + 1 == scenario.objectsPerGroup, payload: payload)
            outputs[index].log.datagramArrived(source: Self.source, datagram)
            return
        }
        let log = outputs[index].log
        let subgroup = Int(object % scenario.subgroups)
        let handle: IngestHandle
        if let open = outputs[index].handles[subgroup] {
            handle = open
        } else {
            handle = log.subgroupBegan(
                source: Self.source,
                LogSubgroupHeader(
                    group: group, subgroup: .explicit(UInt64(subgroup)), hasProperties: false,
                    endOfGroup: scenario.subgroups == 1, firstObject: true))
            outputs[index].handles[subgroup] = handle
        }
        log.objectBegan(handle, ObjectHeader(objectID: object, payloadByteCount: UInt64(payload.count)))
        log.payloadArrived(handle, payload)
        log.objectEnded(handle)
        if object + scenario.subgroups >= scenario.objectsPerGroup {
            log.subgroupEnded(handle, .finished)
            outputs[index].handles[subgroup] = nil
        }
    }

    override func established() {
        guard let session = peer?.session else { return }
        do throws(SessionCommandFailure) {
            announcement = try session.publishNamespace(tracks.namespace(ofPublisher: place))
        } catch {
            failed("the namespace cannot be announced")
        }
    }

    override func tick(now: Instant) {
        super.tick(now: now)
        if let peer, peer.delivery.checkDeadlines(now: now) { wantsToSend() }
    }

    override func received(_ event: SessionEvent) {
        guard let session = peer?.session else { return }
        switch event {
        case .requestAccepted(let id, _):
            if id == announcement { ready() }
        case .requestRefused(let id, let failure):
            if id == announcement { failed("the namespace was refused: \(failure.reason)") }
        case .subscribeReceived(let request): subscribeReceived(request)
        case .requestCancelled(let id): peer?.stopDelivering(id)
        case .updateReceived(let existing, let update):
            peer?.delivery.updateSubscription(id: existing.value) { subscription in
                if let forward = update.parameters.forward { subscription.forward = forward }
            }
            wantsToSend()
            session.acceptRequest(update.requestID)
        case .publishNamespaceReceived(let request): session.acceptRequest(request.requestID)
        case .fetchReceived(let request): session.refuse(request.requestID, Self.notHere)
        case .trackStatusReceived(let request): session.refuse(request.requestID, Self.notHere)
        case .publishReceived(let request): session.refuse(request.requestID, Self.notHere)
        case .subscribeNamespaceReceived(let request): session.refuse(request.requestID, Self.notHere)
        default: break
        }
    }

    private static let notHere = RequestFailure(.notSupported, "a load generator does not do that")

    private func subscribeReceived(_ request: Subscribe) {
        guard let peer, let rules = peer.session.rules, let log = logs[request.track] else {
            peer?.session.refuse(request.requestID, RequestFailure(.doesNotExist, "no such track"))
            return
        }
        let asked = request.parameters
        let alias = peer.session.allocateAlias()
        var answer = MessageParameters()
        answer.expires = 0
        answer.largestObject = log.largest
        answer.groupOrder = asked.groupOrder ?? .ascending
        peer.session.acceptSubscribe(
            request.requestID, alias: alias, parameters: answer, properties: TrackProperties())
        var subscription = DeliverySubscription(
            id: request.requestID.value, range: log.range(for: asked.filter ?? .unfiltered),
            shape: rules.bodyShape, context: alias.value)
        if let forward = asked.forward { subscription.forward = forward }
        peer.deliver(subscription, from: log)
    }
}
