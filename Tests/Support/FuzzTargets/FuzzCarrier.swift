import Containers
import TransportInterface
import WebTransport

/// A QUIC connection that swallows what is sent.
final class FuzzCarrier: WebTransportCarrier {
    var delegate: (any TransportSessionDelegate)?
    var sendSource: (any SendSource)?
    let isServer: Bool
    var negotiated: NegotiatedProtocol? = NegotiatedProtocol(carrier: .quic, name: "h3")
    var datagramPrefix = Payload()
    let maximumDatagramByteCount = 1200
    private var opened: [UInt64] = [0, 0]

    init(isServer: Bool) { self.isServer = isServer }

    func openStream(_ direction: StreamDirection) -> StreamID? {
        let kind = direction == .bidirectional ? 0 : 1
        guard opened[kind] < 64 else { return nil }
        defer { opened[kind] += 1 }
        return StreamID(opened[kind] << 2 | UInt64(kind) << 1 | (isServer ? 1 : 0))
    }
    func send(_ bytes: Payload, fin: Bool, on stream: StreamID) {}
    func resetStream(_ stream: StreamID, code: UInt64) {}
    func stopSending(_ stream: StreamID, code: UInt64) {}
    func consumed(_ stream: StreamID, byteCount: Int) {}
    func wantsToSend() {}
    func close(code: UInt64, reason: String) {
        let told = delegate
        delegate = nil
        told?.transportClosed(.application(code: code, reason: reason, byPeer: false))
    }

    /// SETTINGS with extended CONNECT, datagrams and WebTransport, so that a fuzzer need not find them.
    func begin() {
        let settings: [UInt8] = [0x08, 0x01, 0x33, 0x01, 0xAB, 0x60, 0x37, 0x42, 0x01]
        delegate?.streamReceived(
            StreamID(isServer ? 2 : 3), Payload([0x00, 0x04, UInt8(settings.count)] + settings), fin: false)
    }
}
