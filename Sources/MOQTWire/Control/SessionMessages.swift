import MOQTModel

/// SETUP, GOAWAY and the request credit.
extension ControlCodec {
    /// Whether a message of this type is a SETUP, well formed or not.
    public func isSetup(_ type: UInt64) -> Bool {
        switch rules.setupTravelsOn {
        case .bidiControlStream: type == MessageType.clientSetup || type == MessageType.serverSetup
        case .uniControlStreams: type == MessageType.setup
        }
    }

    func setupMessage(_ type: UInt64, _ reader: inout WireReader) throws(WireError) -> ControlMessage? {
        switch (rules.setupTravelsOn, type) {
        case (.bidiControlStream, MessageType.clientSetup): .setup(try setup(.client, &reader))
        case (.bidiControlStream, MessageType.serverSetup): .setup(try setup(.server, &reader))
        // Both sides write the same; who sent it is the session's to know.
        case (.uniControlStreams, MessageType.setup): .setup(try setup(.client, &reader))
        default: nil
        }
    }

    private func setup(_ role: Setup.Role, _ reader: inout WireReader) throws(WireError) -> Setup {
        var message = Setup(role: role)
        if rules.versionsInSetup {
            // Not stated, but an offer of nothing cannot be answered.
            var count = role == .client ? try reader.varint() : 1
            guard count > 0 else { throw .protocolViolation("CLIENT_SETUP without versions") }
            while count > 0 {
                let version = try reader.varint()
                if message.versions.count < WireLimit.versions { message.versions.append(version) }
                count -= 1
            }
        }
        var count = rules.setupTravelsOn == .bidiControlStream ? try reader.varint() : .max
        var types = PairTypes(areDeltas: rules.propertyTypesAreDeltas)
        var seen: UInt64 = 0
        while count > 0, rules.setupTravelsOn == .bidiControlStream || !reader.isAtEnd {
            count -= 1
            try option(try types.decode(try reader.varint()), &reader, &message, &seen)
        }
        return message
    }

    private func option(
        _ type: UInt64, _ reader: inout WireReader, _ message: inout Setup, _ seen: inout UInt64
    ) throws(WireError) {
        let value = try reader.pairValue(type: type)
        switch (type, value) {
        case (SetupOptionType.path, .bytes(let path)): message.path = path
        case (SetupOptionType.authority, .bytes(let authority)): message.authority = authority
        case (SetupOptionType.implementation, .bytes(let name)):
            message.implementation = String(decoding: name, as: UTF8.self)
        case (SetupOptionType.maxRequestID, .integer(let limit)) where rules.hasRequestCredit:
            message.maxRequestID = limit
        case (SetupOptionType.maxAuthTokenCacheSize, .integer(let size)):
            message.maxAuthTokenCacheSize = size
        case (SetupOptionType.maxFilterRanges, .integer(let limit)) where rules.hasRangeFilters:
            message.maxFilterRanges = limit
        case (SetupOptionType.maxRequestUpdates, .integer(let limit)) where rules.hasRangeFilters:
            message.maxRequestUpdates = limit
        case (SetupOptionType.authorizationToken, .bytes(let token)):
            guard message.authorizationTokens.count < WireLimit.tokens else {
                throw .protocolViolation("too many authorization tokens")
            }
            message.authorizationTokens.append(
                try token.withBytes { (bytes) throws(WireError) in
                    try AuthorizationToken(bytes, rules)
                })
            return
        default:
            if message.unknown.count < WireLimit.unknownPairs {
                message.unknown.append(Property(type: type, value: value))
            }
            return
        }
        let bit = UInt64(1) << type
        guard seen & bit == 0 else { throw .protocolViolation("duplicate setup option") }
        seen |= bit
    }

    func encode(_ message: Setup, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        if rules.versionsInSetup {
            let versions = message.versions.isEmpty ? [draft.versionNumber] : message.versions
            if message.role == .client { try body.varint(UInt64(versions.count)) }
            for version in message.role == .client ? versions[...] : versions.prefix(1) {
                try body.varint(version)
            }
        }
        var options: [Property] = []
        if let path = message.path {
            options.append(Property(type: SetupOptionType.path, value: .bytes(path)))
        }
        if let limit = message.maxRequestID, rules.hasRequestCredit {
            options.append(Property(type: SetupOptionType.maxRequestID, value: .integer(limit)))
        }
        for token in message.authorizationTokens {
            options.append(
                Property(type: SetupOptionType.authorizationToken, value: .bytes(try token.encoded(rules))))
        }
        if let size = message.maxAuthTokenCacheSize {
            options.append(Property(type: SetupOptionType.maxAuthTokenCacheSize, value: .integer(size)))
        }
        if let authority = message.authority {
            options.append(Property(type: SetupOptionType.authority, value: .bytes(authority)))
        }
        if let limit = message.maxFilterRanges, rules.hasRangeFilters {
            options.append(Property(type: SetupOptionType.maxFilterRanges, value: .integer(limit)))
        }
        if let name = message.implementation {
            options.append(Property(type: SetupOptionType.implementation, value: .bytes(Array(name.utf8))))
        }
        if let limit = message.maxRequestUpdates, rules.hasRangeFilters {
            options.append(Property(type: SetupOptionType.maxRequestUpdates, value: .integer(limit)))
        }
        options += message.unknown
        if rules.setupTravelsOn == .bidiControlStream { try body.varint(UInt64(options.count)) }
        try body.pairs(options, areDeltas: rules.propertyTypesAreDeltas)
        guard rules.setupTravelsOn == .bidiControlStream else { return MessageType.setup }
        return message.role == .client ? MessageType.clientSetup : MessageType.serverSetup
    }

    // MARK: GOAWAY and credit

    func sessionMessage(
        _ type: UInt64, _ reader: inout WireReader, onControlStream: Bool
    ) throws(WireError) -> ControlMessage? {
        switch type {
        case MessageType.goAway:
            return .goAway(try goAway(&reader, onControlStream: onControlStream))
        case MessageType.maxRequestID where rules.hasRequestCredit && onControlStream:
            return .maxRequestID(try reader.varint())
        case MessageType.requestsBlocked where rules.hasRequestCredit && onControlStream:
            return .requestsBlocked(try reader.varint())
        default: return nil
        }
    }

    private func goAway(_ reader: inout WireReader, onControlStream: Bool) throws(WireError) -> GoAway {
        var message = GoAway(
            newSessionURI: try reader.text(limit: WireLimit.sessionURI, "session URI over 8192 bytes"))
        if rules.goAwayCarriesTimeout { message.timeout = try reader.varint() }
        // The figure has brackets around the field, so a peer that leaves it out is understood too.
        if rules.goAwayNamesRequest, onControlStream, !reader.isAtEnd {
            message.requestID = RequestID(try reader.varint())
        }
        return message
    }

    /// A GOAWAY with a request id goes on the control stream, one without on a request's stream.
    func encode(_ message: GoAway, _ body: inout WireWriter) throws(WireError) -> UInt64 {
        let uri = Array(message.newSessionURI.utf8)
        guard uri.count <= WireLimit.sessionURI else { throw .notExpressible("session URI over 8192 bytes") }
        try body.lengthPrefixed(uri)
        if rules.goAwayCarriesTimeout { try body.varint(message.timeout ?? 0) }
        if rules.goAwayNamesRequest, let id = message.requestID { try body.varint(id.value) }
        return MessageType.goAway
    }

    func encodeCredit(
        _ limit: UInt64, _ type: UInt64, _ body: inout WireWriter
    ) throws(WireError) -> UInt64 {
        guard rules.hasRequestCredit else { throw .notExpressible("request credit") }
        try body.varint(limit)
        return type
    }
}
