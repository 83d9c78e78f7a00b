import Containers
import MOQTClient
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import QUICTransport
import RelayCore
import RelayHost
import Testing
import TransportInterface

/// A publisher behind a relay that answers FETCHes by hand: a bare `Peer`, and a viewer that asks the relay.
final class RelayedPublisher: PeerDelegate {
    let harness: RelayHarness
    let viewer: ClientConnection
    private let peer: Peer
    private let endpoint: QUICEndpoint
    private let logs = LogShard()
    private var isAnnounced = false
    private var open: [Fetch] = []
    private(set) var fetchesAsked = 0
    private(set) var statusesAsked = 0
    private(set) var cancelled = 0
    private(set) var events: [SessionEvent] = []

    init(_ draft: Draft) throws {
        harness = try RelayHarness()
        viewer = try harness.connect(.quic, draft)
        endpoint = try QUICEndpoint(
            loop: harness.loop, bind: .loopback(port: 0), configuration: QUICConfiguration())
        var quic = QUICConfiguration(applicationProtocols: [draft.alpn])
        quic.verification = .pinned(sha256: [harness.server.certificateSHA256])
        let transport = try endpoint.connect(toHost: harness.host, port: harness.port, configuration: quic)
        logs.now = harness.loop.now
        let clientTurnBegan = harness.loop.turnBegan
        var configuration = SessionConfiguration(role: .client, drafts: [draft], isWebTransport: false)
        configuration.path = "/"
        configuration.authority = "localhost"
        peer = Peer(transport: transport, configuration: configuration, shard: logs)
        peer.delegate = self
        harness.loop.turnBegan = { [logs, unowned loop = harness.loop] in
            clientTurnBegan?()
            logs.now = loop.now
        }
        peer.start()
        try #require(run { self.peer.session.isEstablished })
        _ = try peer.session.publishNamespace(UpstreamFetchTests.name.namespace)
        peer.pump()
        try #require(run { self.isAnnounced })
    }

    func run(milliseconds: UInt64 = 5_000, until condition: () -> Bool) -> Bool {
        harness.run(milliseconds: milliseconds, until: condition)
    }

    /// Answers every open FETCH with the objects 0.0 and 0.1.
    func answer() {
        let log = TrackLog(encoding: WireObjectEncoder(), shard: logs)
        log.beginningSeen()
        let handle = log.subgroupBegan(
            source: 1, LogSubgroupHeader(group: 0, subgroup: .explicit(0), priority: 7, endOfGroup: true))
        for object in 0..<2 as Range<UInt64> {
            let bytes = UpstreamFetchTests.payload(0, object)
            log.objectBegan(handle, ObjectHeader(objectID: object, payloadByteCount: UInt64(bytes.count)))
            log.payloadArrived(handle, Payload(bytes))
        }
        log.subgroupEnded(handle, .finished)
        for fetch in open {
            guard let range = try? peer.range(of: fetch, joining: nil, in: log),
                let plan = try? log.plan(range)
            else { continue }
            try? peer.serveFetch(fetch, plan, properties: TrackProperties(), from: log)
        }
        open = []
        peer.pump()
    }

    /// Answers TRACK_STATUS where the relay needs that to count groups; true when there is nothing left to answer.
    func answersTail(largest: Location) -> Bool {
        if fetchesAsked > 0 { return true }
        guard case .trackStatusReceived(let request)? = events.last else { return false }
        var parameters = MessageParameters()
        parameters.largestObject = largest
        peer.session.acceptRequest(request.requestID, parameters: parameters)
        peer.pump()
        return true
    }

    func refuse(_ failure: RequestFailure) {
        for fetch in open { peer.session.refuse(fetch.requestID, failure) }
        open = []
        peer.pump()
    }

    func peer(_ peer: Peer, received event: SessionEvent) {
        switch event {
        case .requestAccepted: isAnnounced = true
        case .fetchReceived(let fetch):
            fetchesAsked += 1
            open.append(fetch)
        case .trackStatusReceived: statusesAsked += 1
        case .requestCancelled: cancelled += 1
        default: break
        }
        events.append(event)
    }

    func peer(_ peer: Peer, deliveryEnded request: RequestID, status: PublishDoneStatus) {}
    func peerDeadlineChanged(_ peer: Peer) {}
    func peer(_ peer: Peer, closed reason: TransportCloseReason) {}
}
