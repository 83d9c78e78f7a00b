import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import QUICTransport
import TransportInterface

/// One connection to the relay; subclasses say what it does there. Confined to the loop.
class BenchConnection: PeerDelegate {
    /// Keeps its connections, not they it.
    unowned(unsafe) let host: BenchHost
    /// Bytes that the relay may send ahead of us, on the connection and on each stream.
    var windowByteCount: UInt64 { 4 << 20 }
    /// The work for which the connection exists has begun: the run may go on.
    private(set) var isReady = false
    private(set) var hasFailed = false
    /// It closed the connection itself, as planned.
    private(set) var hasLeft = false
    private(set) var peer: Peer?
    private(set) var transport: (any TransportSession)?
    private var openedAt: UInt64 = 0

    init(host: BenchHost) { self.host = host }

    /// What was negotiated.
    var draftNumber: Int? { peer?.session.draft?.number }
    /// MOQT_IMPLEMENTATION of the relay, unescaped.
    var peerImplementation: String? { peer?.session.peerSetup?.implementation }

    /// SETUP is done.
    func established() { ready() }
    /// Everything that the session says and this class does not handle.
    func received(_ event: SessionEvent) {}
    /// Every 50 ms.
    func tick(now: Instant) {
        guard let peer, peer.nextDeadline <= now else { return }
        peer.timeout()
    }

    func start(on transport: any TransportSession) {
        openedAt = host.clock
        self.transport = transport
        let target = host.target
        let isWebTransport = target.carrier == .webTransport
        var configuration = SessionConfiguration(
            role: .client, drafts: target.drafts, isWebTransport: isWebTransport)
        configuration.implementation = target.implementation
        if !isWebTransport {
            configuration.path = target.path
            configuration.authority = target.authority
        }
        let peer = Peer(transport: transport, configuration: configuration, shard: host.shard)
        self.peer = peer
        peer.delegate = self
        peer.start()
    }

    func wantsToSend() { transport?.wantsToSend() }

    func ready() {
        guard !isReady else { return }
        isReady = true
        host.onChange()
    }

    /// Closes the connection: its work is done.
    func leave() {
        guard !hasFailed, !hasLeft else { return }
        hasLeft = true
        host.connectionLeft()
        peer?.close(.noError, reason: "")
    }

    func failed(_ reason: String) {
        guard !hasFailed, !hasLeft else { return }
        hasFailed = true
        host.connectionFailed(reason)
    }

    /// For the connections that have no `Peer`.
    func adopt(_ transport: any TransportSession) {
        openedAt = host.clock
        self.transport = transport
    }

    func countConnectTime() { host.tally.connectTime.add(host.clock &- openedAt) }

    // MARK: PeerDelegate

    final func peer(_ peer: Peer, received event: SessionEvent) {
        switch event {
        case .established:
            countConnectTime()
            established()
        case .failed(let failure): failed("the relay broke a rule: \(failure.reason)")
        default: received(event)
        }
    }

    func peer(_ peer: Peer, deliveryEnded request: RequestID, status: PublishDoneStatus) {}
    final func peerDeadlineChanged(_ peer: Peer) {}
    final func peer(_ peer: Peer, closed reason: TransportCloseReason) { failed("\(reason)") }
}
