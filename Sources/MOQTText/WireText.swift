import Containers
import MOQTModel
import MOQTWire

/// One draft's bytes as JSON objects and back, in the conventions of the published vectors.
///
/// Control messages also have a `message_type`, for their fields alone do not tell a SUBSCRIBE from a
/// TRACK_STATUS.
public struct WireText: Sendable {
    /// What bytes are taken for.
    public enum Kind: String, CaseIterable, Sendable {
        /// Messages of a control stream or a request's stream, one after the other.
        case control
        /// A whole subgroup stream.
        case subgroup
        case datagram
        /// A whole FETCH stream.
        case fetch
    }

    private let draft: Draft
    private let order: GroupOrder
    private var rules: DraftRules { draft.rules }
    public static let messageTypeField = "message_type"

    /// `order` is the one that a FETCH asked for: some drafts count its groups along it.
    public init(_ draft: Draft, order: GroupOrder = .ascending) {
        self.draft = draft
        self.order = order
    }

    // MARK: Bytes to text

    /// Shows each message, stream or datagram to `show`. Throws at the first that breaks a rule.
    public func decode(
        _ bytes: [UInt8], _ kind: Kind, _ show: (JSONObject) -> Void
    ) throws(TextFailure) {
        guard !bytes.isEmpty else { throw TextFailure(.incomplete, "no bytes") }
        switch kind {
        case .control: try messages(bytes, show)
        case .subgroup: show(try subgroup(bytes))
        case .datagram: show(try datagram(bytes))
        case .fetch: show(try fetch(bytes))
        }
    }

    /// The one object that all of `bytes` make.
    public func decode(_ bytes: [UInt8], _ kind: Kind) throws(TextFailure) -> JSONObject {
        var objects: [JSONObject] = []
        try decode(bytes, kind) { objects.append($0) }
        guard objects.count == 1, let object = objects.first else {
            throw TextFailure(.invalidValue, "more than one message")
        }
        return object
    }

    /// Where a message may stand; each type means something in one of them.
    private static let places: [StreamContext] = [
        .control, .requestFirst, .requestReply(nil), .namespaceReply,
    ]

    private func messages(_ bytes: [UInt8], _ show: (JSONObject) -> Void) throws(TextFailure) {
        var reader = ControlFrameReader(rules)
        reader.append(Payload(bytes))
        do throws(WireError) {
            while let frame = try reader.next() {
                let message = try message(frame)
                let name = JSONValue.string(MessageName(message, rules).rawValue)
                show(
                    JSONObject([(Self.messageTypeField, name)]).merged(MessageText(rules).object(message)))
            }
        } catch {
            throw TextFailure(error)
        }
        guard reader.isBetweenFrames else { throw TextFailure(.incomplete, "the message is cut short") }
    }

    private func message(_ frame: ControlFrame) throws(WireError) -> ControlMessage {
        let codec = ControlCodec(draft)
        for place in Self.places {
            do throws(WireError) {
                return try codec.decode(frame, context: place)
            } catch {
                if !error.isUnknownType { throw error }
            }
        }
        throw .unknownMessage
    }

    private func subgroup(_ bytes: [UInt8]) throws(TextFailure) -> JSONObject {
        let events: [SubgroupEvent]
        var type: UInt64 = 0
        do throws(WireError) {
            guard case .subgroup(let number) = try streamKind(bytes) else {
                throw WireError.unknownStream
            }
            type = number
            var parser = SubgroupParser(rules)
            parser.feed(Payload(bytes))
            var found: [SubgroupEvent] = []
            while let event = try parser.next() { found.append(event) }
            try parser.finished()
            events = found
        } catch {
            throw TextFailure(error)
        }
        return try DataText(rules).subgroup(type, events)
    }

    private func fetch(_ bytes: [UInt8]) throws(TextFailure) -> JSONObject {
        let events: [FetchEvent]
        var flags: [UInt64] = []
        do throws(WireError) {
            guard try streamKind(bytes) == .fetch else { throw WireError.unknownStream }
            var parser = FetchParser(rules, order: order)
            parser.feed(Payload(bytes))
            var found: [FetchEvent] = []
            while let event = try parser.next() {
                found.append(event)
                switch event {
                case .objectBegan, .gap: if let last = parser.lastFlags { flags.append(last) }
                case .header, .payload, .objectEnded: break
                }
            }
            try parser.finished()
            events = found
        } catch {
            throw TextFailure(error)
        }
        return try DataText(rules).fetch(events, flags: flags)
    }

    private func streamKind(_ bytes: [UInt8]) throws(WireError) -> DataStreamKind {
        try Payload(bytes).withUnsafeBytes { (raw) throws(WireError) in
            try DataStreamKind(peeking: raw, rules)
        }
    }

    private func datagram(_ bytes: [UInt8]) throws(TextFailure) -> JSONObject {
        let object: ObjectDatagram
        var type: UInt64 = 0
        do throws(WireError) {
            let whole = Payload(bytes)
            switch try DatagramCodec(rules).decode(whole) {
            case .padding: return ["stream_type": "padding"]
            case .object(let found): object = found
            }
            type = try whole.withUnsafeBytes { (raw) throws(WireError) in
                var reader = WireReader(raw, varint: rules.varint)
                return try reader.varint()
            }
        } catch {
            throw TextFailure(error)
        }
        return try DataText(rules).datagram(type, object)
    }

    // MARK: Text to bytes

    /// The bytes of what `object` says. A control message without a `message_type` is found by its fields, as
    /// long as only one message of the draft has them.
    public func encode(_ object: JSONObject, _ kind: Kind) throws(TextFailure) -> [UInt8] {
        switch kind {
        case .control: try encodeMessage(object)
        case .subgroup: try DataReader(rules).subgroup(object)
        case .datagram: try DataReader(rules).datagram(object)
        case .fetch: try DataReader(rules, order: order).fetch(object)
        }
    }

    private func encodeMessage(_ object: JSONObject) throws(TextFailure) -> [UInt8] {
        var fields = object
        fields[Self.messageTypeField] = nil
        if let type = object[Self.messageTypeField] {
            guard case .string(let word) = type, let name = MessageName(rawValue: word) else {
                throw TextFailure(.unknownMessage, "'message_type' names no message")
            }
            return try encode(name, fields)
        }
        var found: [(name: MessageName, bytes: [UInt8])] = []
        var failure = TextFailure(.invalidValue, "no message of \(draft) has these fields")
        for name in MessageName.allCases {
            do throws(TextFailure) { found.append((name, try encode(name, fields))) } catch {
                failure = error
            }
        }
        let all = Set(found.map(\.bytes))
        guard all.count <= 1 else {
            let names = found.map(\.name.rawValue).joined(separator: ", ")
            throw TextFailure(.invalidValue, "'message_type' is missing; it may be one of \(names)")
        }
        guard let bytes = all.first else {
            failure.detail = "'message_type' is missing, and no message of \(draft) has these fields"
            throw failure
        }
        return bytes
    }

    /// Throws for what the draft cannot say, where the encoder of a session leaves it out in silence.
    private func encode(_ name: MessageName, _ fields: JSONObject) throws(TextFailure) -> [UInt8] {
        let message = try MessageReader(rules).message(name, fields)
        guard MessageName(message, rules) == name else {
            throw TextFailure(.unknownMessage, "\(draft) has no \(name.rawValue)")
        }
        let bytes: [UInt8]
        do throws(WireError) { bytes = try ControlCodec(draft).encode(message) } catch {
            throw TextFailure(error)
        }
        var shown: [JSONObject] = []
        try messages(bytes) { shown.append($0) }
        let said = MessageText(rules).object(message)
        guard shown.first?.with(Self.messageTypeField, .null) == said.with(Self.messageTypeField, .null)
        else {
            throw TextFailure(.invalidValue, "\(name.rawValue) of \(draft) cannot say all of this")
        }
        return bytes
    }
}
