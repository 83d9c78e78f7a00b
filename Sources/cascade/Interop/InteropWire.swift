import Containers
import MOQTClient
import MOQTModel
import MOQTWire

/// A relay's peer that says bytes instead of requests: for what a MoQT session would never send.
final class InteropWire {
    let draft: Draft
    let raw: RawConnection
    /// Our control stream.
    let control: StreamID
    private(set) var nextRequest: UInt64 = 0
    private let codec: ControlCodec

    init(_ raw: RawConnection, draft: Draft, control: StreamID) {
        self.raw = raw
        self.draft = draft
        self.control = control
        codec = ControlCodec(draft)
    }

    var rules: DraftRules { draft.rules }

    /// A client's SETUP as the draft has it.
    static func setup(
        _ draft: Draft, _ configuration: ClientConfiguration, unknown: [Property] = []
    ) -> ControlMessage {
        var setup = Setup(role: .client)
        if draft.rules.versionsInSetup { setup.versions = [draft.versionNumber] }
        if draft.rules.hasRequestCredit { setup.maxRequestID = 100 }
        if configuration.carrier == .quic {
            setup.path = Array(configuration.path.utf8)
            setup.authority = Array(configuration.authority.utf8)
        }
        setup.unknown = unknown
        return .setup(setup)
    }

    /// A frame of this type; length and body as they are.
    func frame(type: UInt64, body: [UInt8], length: Int? = nil) -> [UInt8] {
        var writer = WireWriter(varint: rules.varint)
        do throws(WireError) { try writer.varint(type) } catch { return [] }
        writer.u16(UInt16(clamping: length ?? body.count))
        writer.raw(body)
        return writer.bytes
    }

    func encoded(_ message: ControlMessage) throws(InteropScript.Failure) -> [UInt8] {
        do throws(WireError) { return try codec.encode(message) } catch {
            throw InteropScript.Failure("nothing", "the message cannot be written: \(error)")
        }
    }

    /// A valid request, as one whole frame, with a number of its own unless one is given.
    func publishNamespace(
        _ namespace: TrackNamespace, id: UInt64? = nil
    ) throws(InteropScript.Failure) -> [UInt8] {
        try encoded(.publishNamespace(PublishNamespace(requestID: takeID(id), namespace: namespace)))
    }

    func subscribe(_ track: FullTrackName, id: UInt64? = nil) throws(InteropScript.Failure) -> [UInt8] {
        var parameters = MessageParameters()
        parameters.filter = .nextObject
        parameters.forward = true
        parameters.groupOrder = .ascending
        parameters.subscriberPriority = TrackProperties.defaultPriority
        return try encoded(
            .subscribe(Subscribe(requestID: takeID(id), track: track, parameters: parameters)))
    }

    func publish(
        _ track: FullTrackName, alias: UInt64
    ) throws(InteropScript.Failure) -> [UInt8] {
        try encoded(.publish(Publish(requestID: takeID(nil), track: track, alias: TrackAlias(alias))))
    }

    /// Numbers in the draft's form. One byte each below 64, so that single bytes can stand among them.
    func integers(_ values: [UInt64]) throws(InteropScript.Failure) -> [UInt8] {
        var writer = WireWriter(varint: rules.varint)
        do throws(WireError) {
            for value in values { try writer.varint(value) }
        } catch {
            throw InteropScript.Failure("nothing", "the stream cannot be written: \(error)")
        }
        return writer.bytes
    }

    /// Sends these numbers on a unidirectional stream of its own.
    func dataStream(_ values: [UInt64], fin: Bool) throws(InteropScript.Failure) {
        guard let stream = raw.openStream(.unidirectional) else {
            throw InteropScript.Failure("no stream", "the relay grants no unidirectional stream")
        }
        raw.send(try integers(values), fin: fin, on: stream)
    }

    /// Sends a request where the draft's requests travel; returns its stream.
    @discardableResult
    func request(_ bytes: [UInt8]) throws(InteropScript.Failure) -> StreamID {
        guard rules.requestsTravelOn == .bidiStreams else {
            raw.send(bytes, on: control)
            return control
        }
        guard let stream = raw.openStream(.bidirectional) else {
            throw InteropScript.Failure("no stream", "the relay grants no bidirectional stream")
        }
        raw.send(bytes, on: stream)
        return stream
    }

    /// PUBLISH_NAMESPACE of a namespace with fields of any number and size.
    func namespaceRequest(fieldCount: Int, fieldByteCount: Int) throws(InteropScript.Failure) -> [UInt8] {
        // What stands in front of and behind a namespace is taken from a valid message.
        let small = try publishNamespace(TrackNamespace("x"))
        let marker: [UInt8] = [1, 1, 0x78]
        var header = Frame(rules.varint, small)
        guard let at = header.body.firstRange(of: marker) else {
            throw InteropScript.Failure("nothing", "the message cannot be written")
        }
        var namespace = WireWriter(varint: rules.varint)
        do throws(WireError) {
            try namespace.varint(UInt64(fieldCount))
            for _ in 0..<fieldCount {
                try namespace.varint(UInt64(fieldByteCount))
                namespace.raw([UInt8](repeating: 0x61, count: fieldByteCount))
            }
        } catch {
            throw InteropScript.Failure("nothing", "the message cannot be written: \(error)")
        }
        header.body.replaceSubrange(at, with: namespace.bytes)
        return frame(type: header.type, body: header.body)
    }

    /// The first frame of some bytes of ours, taken apart.
    struct Frame {
        var type: UInt64 = 0
        var body: [UInt8] = []

        init(_ varint: VarintKind, _ frame: [UInt8]) {
            guard let first = frame.first, let count = varint.byteCount(first: first),
                frame.count >= count + 2
            else { return }
            type = frame.withUnsafeBytes { varint.value($0, count: count) }
            body = Array(frame[(count + 2)...])
        }
    }

    private func takeID(_ id: UInt64?) -> RequestID {
        if let id { return RequestID(id) }
        defer { nextRequest += 2 }
        return RequestID(nextRequest)
    }
}
