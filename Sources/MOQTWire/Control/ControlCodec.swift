import MOQTModel

/// Control messages of one draft: bytes to model and back.
public struct ControlCodec: Sendable {
    public let draft: Draft
    public var rules: DraftRules { draft.rules }
    let errors: ErrorCodes

    public init(_ draft: Draft) {
        self.draft = draft
        errors = ErrorCodes(draft.rules)
    }

    /// Decodes the body of one message. `body` is borrowed for the call and must be the whole message.
    /// What it throws has the scope of the session; truncation is a violation here, for the length is known.
    public func decode(
        type: UInt64, body: UnsafeRawBufferPointer, context: StreamContext
    ) throws(WireError) -> ControlMessage {
        var reader = WireReader(body, varint: rules.varint)
        let message: ControlMessage
        do throws(WireError) {
            message = try decode(type, &reader, context)
        } catch {
            if case .needMore = error { throw .messageCutShort }
            throw error
        }
        try reader.finish()
        return message
    }

    public func decode(_ frame: ControlFrame, context: StreamContext) throws(WireError) -> ControlMessage {
        let type = frame.type
        return try frame.body.withBytes { (body) throws(WireError) in
            try decode(type: type, body: body, context: context)
        }
    }

    /// The whole frame: type, length, body. Throws `notExpressible` for what the draft cannot say.
    public func encode(_ message: ControlMessage) throws(WireError) -> [UInt8] {
        var body = WireWriter(varint: rules.varint)
        let type = try encode(message, into: &body)
        guard body.count <= WireLimit.messageBody else { throw .notExpressible("message over 65535 bytes") }
        var frame = WireWriter(varint: rules.varint, reserving: body.count + 12)
        try frame.varint(type)
        frame.u16(UInt16(body.count))
        frame.raw(body.bytes)
        return frame.bytes
    }

    // MARK: Which message a number means

    private func decode(
        _ type: UInt64, _ reader: inout WireReader, _ context: StreamContext
    ) throws(WireError) -> ControlMessage {
        switch context {
        case .control:
            if let message = try setupMessage(type, &reader) { return message }
            if let message = try sessionMessage(type, &reader, onControlStream: true) { return message }
            if rules.requestsTravelOn == .controlStream {
                let isElsewhere =
                    type == MessageType.subscribeNamespace
                    && rules.subscribeNamespaceTravelsOn == .bidiStreams
                if !isElsewhere, let message = try request(type, &reader) { return message }
                if let message = try answer(type, &reader, to: nil) { return message }
                if let message = try cancellation(type, &reader) { return message }
            }
        case .requestFirst:
            if let message = try request(type, &reader) {
                let isNamespaces = if case .subscribeNamespace = message { true } else { false }
                let mayBeHere = isNamespaces && rules.subscribeNamespaceTravelsOn == .bidiStreams
                guard rules.requestsTravelOn == .bidiStreams || mayBeHere else {
                    throw .protocolViolation("request on a stream of its own")
                }
                return message
            }
        case .requestReply(let kind):
            if rules.goAwayOnRequestStreams,
                let message = try sessionMessage(type, &reader, onControlStream: false)
            {
                return message
            }
            if let message = try answer(type, &reader, to: kind) { return message }
            if kind == .subscribeNamespace || kind == .subscribeTracks || kind == nil,
                let message = try namespaceMessage(type, &reader)
            {
                return message
            }
        case .namespaceReply:
            if rules.goAwayOnRequestStreams,
                let message = try sessionMessage(type, &reader, onControlStream: false)
            {
                return message
            }
            if let message = try namespaceMessage(type, &reader) { return message }
            if let message = try answer(type, &reader, to: .subscribeNamespace) { return message }
        }
        throw .unknownMessage
    }

    private func encode(_ message: ControlMessage, into body: inout WireWriter) throws(WireError) -> UInt64 {
        switch message {
        case .setup(let setup): try encode(setup, &body)
        case .goAway(let goAway): try encode(goAway, &body)
        case .maxRequestID(let limit): try encodeCredit(limit, MessageType.maxRequestID, &body)
        case .requestsBlocked(let limit): try encodeCredit(limit, MessageType.requestsBlocked, &body)
        case .subscribe(let subscribe): try encode(subscribe, isTrackStatus: false, &body)
        case .trackStatus(let subscribe): try encode(subscribe, isTrackStatus: true, &body)
        case .subscribeOK(let ok): try encode(ok, &body)
        case .requestUpdate(let update): try encode(update, &body)
        case .publish(let publish): try encode(publish, &body)
        case .publishOK(let ok): try encode(ok, &body)
        case .publishStateNotify(let parameters): try encodeNotify(parameters, &body)
        case .publishDone(let done): try encode(done, &body)
        case .fetch(let fetch): try encode(fetch, &body)
        case .fetchOK(let ok): try encode(ok, &body)
        case .requestOK(let ok): try encode(ok, &body)
        case .requestError(let error): try encode(error, &body)
        case .publishNamespace(let publish): try encode(publish, &body)
        case .subscribeNamespace(let subscribe): try encode(subscribe, &body)
        case .subscribeTracks(let subscribe): try encodeTracks(subscribe, &body)
        case .unsubscribe(let id): try encodeCancel(id, MessageType.unsubscribe, &body)
        case .fetchCancel(let id): try encodeCancel(id, MessageType.fetchCancel, &body)
        case .publishNamespaceDone(let reference): try encodeDone(reference, &body)
        case .publishNamespaceCancel(let reference, let failure):
            try encodeCancel(reference, failure, &body)
        case .unsubscribeNamespace(let reference): try encodeUnsubscribe(reference, &body)
        case .namespace(let suffix): try encodeSuffix(suffix, MessageType.namespace, &body)
        case .namespaceDone(let suffix): try encodeSuffix(suffix, MessageType.namespaceDone, &body)
        case .publishSkipped(let suffix, let name): try encodeSkipped(suffix, name, &body)
        }
    }
}
