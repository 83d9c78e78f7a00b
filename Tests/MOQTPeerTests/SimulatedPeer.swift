import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import RelayCore
import SimulationSupport
import TransportInterface

/// A peer on a simulated network: keeps its clock, serves its timers, records what it receives.
final class SimulatedPeer: SimulatedActor, PeerDelegate {
    let logs = LogShard()
    let encoder = WireObjectEncoder()
    let network: SimulatedNetwork
    private(set) var peer: Peer
    private(set) var events: [SessionEvent] = []
    private(set) var objects: [Location: [UInt8]] = [:]
    private(set) var order: [Location] = []
    /// For each of `order`: it came on the stream of a FETCH.
    private(set) var cameByFetch: [Bool] = []
    private var fetchStreams: Set<StreamID> = []
    private(set) var endedSubgroups = 0
    private(set) var finishedSubgroups = 0
    private(set) var datagrams: [Location: [UInt8]] = [:]
    private(set) var deliveryEnded: PublishDoneStatus?
    private(set) var closeReason: TransportCloseReason?
    /// What its FETCHes lack comes from these, in the order in which it was asked for.
    private(set) var pipes: [FetchPipe] = []
    /// Reacts to requests.
    var onEvent: (Peer, SessionEvent) -> Void = { _, _ in }
    private var open: [StreamID: (group: UInt64, object: UInt64, bytes: [UInt8])] = [:]

    init(_ transport: SimulatedTransport, drafts: [Draft], network: SimulatedNetwork) {
        self.network = network
        let configuration = SessionConfiguration(
            role: transport.isServer ? .server : .client, drafts: drafts, isWebTransport: false)
        logs.now = network.now
        peer = Peer(transport: transport, configuration: configuration, shard: logs)
        peer.delegate = self
        network.add(self)
        peer.start()
    }

    /// Fetch events, briefly, in order.
    var fetchLog: [String] {
        events.compactMap {
            switch $0 {
            case .fetchAccepted(_, let ok):
                "ok \(ok.endGroup).\(ok.endObject.map(String.init) ?? "*")\(ok.endOfTrack ? " end" : "")"
            case .requestRefused(_, let failure): "refused \(failure.code)"
            case .fetchGap(_, let gap, let through): "\(gap) \(through.group)"
            case .fetchStreamEnded(_, _, let end): end == .finished ? "finished" : "reset"
            case .requestCancelled: "cancelled"
            default: nil
            }
        }
    }

    var nextDeadline: Instant { peer.nextDeadline }

    func timeout(now: Instant) {
        logs.now = now
        peer.timeout()
    }

    func turnEnded(now: Instant) {
        logs.now = now
        logs.wakeReaders()
    }

    func peer(_ peer: Peer, received event: SessionEvent) {
        switch event {
        case .subgroupBegan(let stream, _, let header):
            open[stream] = (header.group, 0, [])
        case .objectBegan(let stream, let header):
            open[stream]?.object = header.objectID
            open[stream]?.bytes = []
        case .fetchStreamBegan(let stream, _):
            open[stream] = (0, 0, [])
            fetchStreams.insert(stream)
        case .fetchObjectBegan(let stream, let header):
            open[stream] = (header.location.group, header.location.object, [])
        case .objectPayload(let stream, let bytes):
            open[stream]?.bytes += bytes.bytes
        case .objectEnded(let stream):
            guard let state = open[stream] else { return }
            let location = Location(group: state.group, object: state.object)
            objects[location] = state.bytes
            order.append(location)
            cameByFetch.append(fetchStreams.contains(stream))
        case .subgroupEnded(let stream, let end):
            open[stream] = nil
            endedSubgroups += 1
            if end == .finished { finishedSubgroups += 1 }
        case .datagram(_, let object):
            datagrams[object.location] = object.payload.bytes
        default:
            events.append(event)
            onEvent(peer, event)
        }
    }

    func peer(_ peer: Peer, deliveryEnded request: RequestID, status: PublishDoneStatus) {
        deliveryEnded = status
    }

    func peer(
        _ peer: Peer, fetch request: RequestID, lacks range: FetchRange, of log: TrackLog, order: GroupOrder
    ) -> FetchPipe? {
        pipes.append(FetchPipe(range, order: order))
        return pipes.last
    }

    func peerDeadlineChanged(_ peer: Peer) {}

    func peer(_ peer: Peer, closed reason: TransportCloseReason) { closeReason = reason }
}
