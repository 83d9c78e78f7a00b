import Containers
import TransportInterface
import WebTransport

/// HTTP/3 and WebTransport on a carrier that says what the fuzzer wants, in both roles.
enum HTTP3Fuzz {
    static func run(_ input: inout FuzzInput) {
        let flags = input.u8()
        let carrier = FuzzCarrier(isServer: flags & 1 == 0)
        let configuration = WebTransportConfiguration(protocols: ["moqt-18", "moqt-16"])
        let session =
            carrier.isServer
            ? WebTransportServer.accept(on: carrier, configuration: configuration)
            : WebTransportSession.connect(
                over: carrier, authority: "a.example", path: "/", configuration: configuration)
        let owner = FuzzOwner()
        session.delegate = owner
        carrier.delegate?.transportEstablished()
        if flags & 2 != 0 { carrier.begin() }
        var count = 0
        while !input.isEmpty, count < 4000, let delegate = carrier.delegate {
            count += 1
            let choice = input.u8()
            let stream = StreamID(UInt64(choice >> 3 & 0x0F))
            switch choice & 7 {
            case 0, 1: delegate.streamReceived(stream, Payload(input.chunk()), fin: false)
            case 2: delegate.streamReceived(stream, Payload(input.chunk()), fin: true)
            case 3: delegate.streamReset(stream, code: UInt64(input.u8()) << 24)
            case 4: delegate.streamStopped(stream, code: UInt64(input.u8()))
            case 5: delegate.datagramReceived(Payload(input.chunk()))
            case 6: delegate.streamClosed(stream)
            default: command(session, input.u8(), stream)
            }
        }
        FuzzTarget.require(owner.establishedCount <= 1, "a session is established once")
        FuzzTarget.require(owner.closedCount <= 1, "a session is closed once")
        session.abandon()
    }

    private static func command(_ session: WebTransportSession, _ number: UInt8, _ stream: StreamID) {
        switch number & 7 {
        case 0: _ = session.openStream(.unidirectional)
        case 1: _ = session.openStream(.bidirectional)
        case 2: session.send(Payload([1, 2, 3]), fin: number & 8 != 0, on: stream)
        case 3: session.resetStream(stream, code: UInt64(number))
        case 4: session.stopSending(stream, code: UInt64(number))
        case 5: session.consumed(stream, byteCount: Int(number))
        case 6: session.drain()
        default: if number & 8 != 0 { session.close(code: UInt64(number), reason: "bye") }
        }
    }
}
