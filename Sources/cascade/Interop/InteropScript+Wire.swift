import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import QUICTransport

/// Steps below MoQT sessions.
extension InteropScript {
    /// Connects and exchanges SETUP.
    func connectWire(unknownOptions: [Property] = []) throws(Failure) -> InteropWire {
        let raw: RawConnection
        do throws(TransportError) { raw = try client.connectRaw(options.client) } catch {
            throw Failure("no connection", error.message)
        }
        raws.append(raw)
        loop.run(forMilliseconds: allowed(2000)) { raw.isEstablished || raw.closure != nil }
        guard raw.isEstablished, raw.closure == nil else { throw unexpectedEnd(of: raw, "the handshake") }
        let named = options.client.drafts.first { $0.alpn == raw.protocolName }
        guard let draft = named ?? options.client.drafts.first(where: \.rules.versionsInSetup) else {
            throw Failure("no draft", "the relay chose no protocol that was offered")
        }
        try negotiated(draft)
        let direction: StreamDirection =
            draft.rules.setupTravelsOn == .bidiControlStream ? .bidirectional : .unidirectional
        guard let control = raw.openStream(direction) else {
            throw Failure("no stream", "the relay grants no stream for SETUP")
        }
        let wire = InteropWire(raw, draft: draft, control: control)
        raw.send(
            try wire.encoded(InteropWire.setup(draft, raw.configuration, unknown: unknownOptions)),
            on: control)
        loop.run(forMilliseconds: allowed(2000)) { !raw.received.isEmpty || raw.closure != nil }
        if raw.closure != nil || raw.received.isEmpty { throw unexpectedEnd(of: raw, "SETUP") }
        return wire
    }

    /// The relay closes the session with this code and no other.
    func expectClose(_ wire: InteropWire, code: UInt64) throws(Failure) {
        let raw = wire.raw
        loop.run(forMilliseconds: allowed(2000)) { raw.closure != nil }
        guard let closure = raw.closure else {
            throw Failure("session still open", "2000 ms after the rule was broken")
        }
        if case .closedByPeer(code, _) = closure { return }
        throw Failure(Self.name(closure), FailureText.closure(closure, options).text)
    }

    /// Something new comes on a stream while the session stays open.
    func expectAnswer(_ wire: InteropWire, _ stream: StreamID) throws(Failure) {
        let raw = wire.raw
        let answers = wire.rules.requestsTravelOn == .bidiStreams ? stream : wire.control
        let before = answers == wire.control ? setupByteCount(wire) : 0
        loop.run(forMilliseconds: allowed(2000)) {
            (raw.received[answers]?.count ?? 0) > before || raw.closure != nil
        }
        if raw.closure != nil || (raw.received[answers]?.count ?? 0) <= before {
            throw unexpectedEnd(of: raw, "an answer")
        }
    }

    func staysOpen(_ wire: InteropWire, milliseconds: UInt64) throws(Failure) {
        loop.run(forMilliseconds: milliseconds) { wire.raw.closure != nil }
        if wire.raw.closure != nil { throw unexpectedEnd(of: wire.raw, "the end of the test") }
    }

    /// Bytes of the relay's SETUP on a control stream that answers share.
    private func setupByteCount(_ wire: InteropWire) -> Int {
        guard let bytes = wire.raw.received[wire.control], let first = bytes.first,
            let count = wire.rules.varint.byteCount(first: first), bytes.count >= count + 2
        else { return 0 }
        return count + 2 + Int(bytes[count]) << 8 + Int(bytes[count + 1])
    }

    private func unexpectedEnd(of raw: RawConnection, _ what: String) -> Failure {
        guard let closure = raw.closure else { return Failure("timeout", "no \(what) in time") }
        return Failure(Self.name(closure), FailureText.closure(closure, options).text)
    }

    private static func name(_ closure: ClientClosure) -> String {
        if case .closedByPeer(let code, _) = closure {
            return "session closed with 0x\(String(code, radix: 16))"
        }
        return "connection closed"
    }
}
