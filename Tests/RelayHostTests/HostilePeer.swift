import Containers
import MOQTModel
import MOQTWire
import QUICTransport
import RelayHost
import Testing
import TransportInterface
import WebTransport

/// A client that puts any bytes on real QUIC or WebTransport streams and notes what comes back.
final class HostilePeer: TransportSessionDelegate, SendSource {
    enum Carrier { case quic, webTransport, http3 }

    let draft: Draft
    let transport: any TransportSession
    private let harness: RelayHarness
    private let endpoint: QUICEndpoint
    private(set) var isEstablished = false
    private(set) var closeReason: TransportCloseReason?
    private(set) var received: [StreamID: [UInt8]] = [:]
    private(set) var resetCount = 0
    private(set) var stopCount = 0
    private(set) var stopCodes: Set<UInt64> = []
    private(set) var resetCodes: Set<UInt64> = []
    private(set) var control: StreamID?
    /// It takes no more of what it is sent than the first window.
    var holdsCredit = false
    private var datagrams: [[UInt8]] = []
    private(set) var sentDatagramCount = 0

    /// Connects; with a MoQT carrier it also says SETUP and waits for the relay's.
    init(_ harness: RelayHarness, _ draft: Draft, over carrier: Carrier = .quic) throws {
        self.harness = harness
        self.draft = draft
        let anywhere = try #require(SocketAddress("127.0.0.1", port: 0))
        endpoint = try QUICEndpoint(loop: harness.loop, bind: anywhere, configuration: QUICConfiguration())
        var configuration = QUICConfiguration(
            applicationProtocols: carrier == .quic ? [draft.alpn] : ["h3"])
        configuration.verification = .pinned(sha256: [harness.server.certificateSHA256])
        let connection = try endpoint.connect(
            toHost: harness.host, port: harness.port, configuration: configuration)
        if carrier == .webTransport {
            transport = WebTransportSession.connect(
                over: connection, authority: "\(harness.host):\(harness.port)", path: "/",
                configuration: WebTransportConfiguration(protocols: [draft.alpn]))
        } else {
            transport = connection
        }
        transport.delegate = self
        transport.sendSource = self
        try #require(harness.run(milliseconds: 10_000) { isEstablished || closeReason != nil })
        try #require(isEstablished, "\(String(describing: closeReason))")
        if carrier != .http3 { try sendSetup() }
    }

    deinit { endpoint.abandon() }

    private func sendSetup() throws {
        var setup = Setup(role: .client)
        setup.versions = [draft.versionNumber]
        if draft.rules.hasRequestCredit { setup.maxRequestID = 1000 }
        let isUni = draft.rules.setupTravelsOn == .uniControlStreams
        let stream = try #require(transport.openStream(isUni ? .unidirectional : .bidirectional))
        control = stream
        transport.send(Payload(frame(.setup(setup))), fin: false, on: stream)
        try #require(harness.run(milliseconds: 5_000) { !received.isEmpty })
    }

    // MARK: Writing

    func frame(_ message: ControlMessage) -> [UInt8] {
        (try? ControlCodec(draft).encode(message)) ?? []
    }

    func sendControl(_ bytes: [UInt8]) {
        if let control { transport.send(Payload(bytes), fin: false, on: control) }
    }

    /// A request where the draft wants it; nil when the peer gives no more streams.
    @discardableResult
    func request(_ bytes: [UInt8]) -> StreamID? {
        guard draft.rules.requestsTravelOn == .bidiStreams else {
            sendControl(bytes)
            return control
        }
        return open(.bidirectional, bytes)
    }

    @discardableResult
    func open(_ direction: StreamDirection, _ bytes: [UInt8], fin: Bool = false) -> StreamID? {
        guard let stream = transport.openStream(direction) else { return nil }
        transport.send(Payload(bytes), fin: fin, on: stream)
        return stream
    }

    func datagram(_ bytes: [UInt8]) {
        datagrams.append(bytes)
        transport.wantsToSend()
    }

    // MARK: What came of it

    /// The code that the relay closed with.
    var closeCode: UInt64? {
        switch closeReason {
        case .application(let code, _, byPeer: true), .transport(let code, _, byPeer: true): code
        default: nil
        }
    }

    // MARK: SendSource

    func nextChunk(_ chunk: inout SendChunk) -> Bool {
        guard let next = datagrams.first else { return false }
        chunk.target = .datagram
        chunk.payloads.append(Payload(next))
        return true
    }
    func chunkAccepted(_ target: SendChunk.Target, byteCount: Int, fin: Bool) {
        if !datagrams.isEmpty { datagrams.removeFirst() }
        sentDatagramCount += 1
    }
    func streamBlocked(_ stream: StreamID) {}
    func streamUnblocked(_ stream: StreamID) {}

    // MARK: TransportSessionDelegate

    func transportEstablished() { isEstablished = true }
    func streamReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        received[stream, default: []] += bytes.bytes
        if !holdsCredit { transport.consumed(stream, byteCount: bytes.count) }
    }
    func streamReset(_ stream: StreamID, code: UInt64?) {
        resetCount += 1
        if let code { resetCodes.insert(code) }
    }
    func streamStopped(_ stream: StreamID, code: UInt64?) {
        stopCount += 1
        if let code { stopCodes.insert(code) }
    }
    func streamClosed(_ stream: StreamID) {}
    func streamCreditGranted(_ direction: StreamDirection) {}
    func datagramReceived(_ bytes: Payload) {}
    func transportClosed(_ reason: TransportCloseReason) { closeReason = reason }
}
