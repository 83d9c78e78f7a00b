import Containers
import TransportInterface

/// What bytes mean, by the kind of stream that brings them.
extension HTTP3Connection {
    /// The state of a stream that is heard of for the first time.
    func newState(_ stream: StreamID) -> HTTP3StreamState {
        guard stream.isServerInitiated != isServer else { return .discarded }
        return .prefix(StreamPrefixParser(isUnidirectional: stream.isUnidirectional))
    }

    /// Takes all of `bytes`. Returns the stream's next state; nil when it has become the session's.
    func received(
        _ state: HTTP3StreamState, on stream: StreamID, _ bytes: Payload, fin: Bool
    ) throws(HTTP3Failure) -> HTTP3StreamState? {
        var bytes = bytes
        if case .prefix(var parser) = state {
            let byteCount = bytes.count
            let prefix = parser.next(&bytes)
            consumed(stream, byteCount - bytes.count)
            guard let prefix else { return try incompletePrefix(parser, on: stream, fin: fin) }
            return try prefixReceived(prefix, on: stream, bytes, fin: fin)
        }
        if case .early = state { return keepMore(bytes, fin: fin, on: stream) }
        consumed(stream, bytes.count)
        switch state {
        case .control(var reader):
            while let event = try reader.next(&bytes) {
                switch event {
                case .settings(let settings): try settingsReceived(settings)
                case .goaway: goawayWasReceived()
                }
                if hasFailed { return nil }
            }
            if fin { throw .connection(.closedCriticalStream, "the control stream has ended") }
            return .control(reader)
        case .qpackEncoder:
            let coder = coder
            try bytes.withUnsafeBytes { (bytes) throws(HTTP3Failure) in try coder.encoderStreamReceived(bytes)
            }
            if fin { throw .connection(.closedCriticalStream, "the QPACK encoder stream has ended") }
            return .qpackEncoder
        case .qpackDecoder:
            let coder = coder
            try bytes.withUnsafeBytes { (bytes) throws(HTTP3Failure) in try coder.decoderStreamReceived(bytes)
            }
            if fin { throw .connection(.closedCriticalStream, "the QPACK decoder stream has ended") }
            return .qpackDecoder
        case .request(let reader): return try requestReceived(reader, on: stream, bytes, fin: fin)
        case .held(let held): return try heldConnectReceived(held, bytes, fin: fin)
        case .response(let reader): return try responseReceived(reader, on: stream, bytes, fin: fin)
        case .connect(let connect): return try capsulesReceived(connect, on: stream, bytes, fin: fin)
        case .prefix, .early, .discarded: return .discarded
        }
    }

    /// A unidirectional stream may end before it has said what it is (RFC 9114 section 6.2); a request may
    /// not.
    private func incompletePrefix(
        _ parser: StreamPrefixParser, on stream: StreamID, fin: Bool
    ) throws(HTTP3Failure) -> HTTP3StreamState {
        guard fin else { return .prefix(parser) }
        guard stream.isUnidirectional else {
            throw .stream(.requestIncomplete, "a stream that ended before it said what it was")
        }
        return .discarded
    }

    private func prefixReceived(
        _ prefix: StreamPrefixParser.Prefix, on stream: StreamID, _ bytes: Payload, fin: Bool
    ) throws(HTTP3Failure) -> HTTP3StreamState? {
        switch prefix {
        case .webTransport(let session):
            return try sessionStreamBegan(stream, session: session, bytes, fin: fin)
        case .other(let type):
            let state: HTTP3StreamState
            if stream.isUnidirectional {
                state = try typeReceived(type)
            } else {
                guard isServer else {
                    throw .connection(.streamCreationError, "a server may open streams only for WebTransport")
                }
                let limit = configuration.maximumFieldSectionByteCount
                state = .request(MessageReader(afterType: type, maximumHeaderByteCount: limit))
            }
            return try received(state, on: stream, bytes, fin: fin)
        }
    }

    private func typeReceived(_ type: UInt64) throws(HTTP3Failure) -> HTTP3StreamState {
        func claim(_ exists: inout Bool) throws(HTTP3Failure) {
            guard !exists else {
                throw .connection(.streamCreationError, "a critical stream for the second time")
            }
            exists = true
        }
        switch type {
        case HTTP3StreamType.control:
            try claim(&hasPeerControl)
            return .control(ControlStreamReader(peerIsServer: !isServer))
        case HTTP3StreamType.qpackEncoder:
            try claim(&hasPeerEncoder)
            return .qpackEncoder
        case HTTP3StreamType.qpackDecoder:
            try claim(&hasPeerDecoder)
            return .qpackDecoder
        case HTTP3StreamType.push:
            if isServer { throw .connection(.streamCreationError, "a push stream from a client") }
            throw .connection(.idError, "a push stream without MAX_PUSH_ID")
        // Read and thrown away; STOP_SENDING would be allowed too, but some peers take any for fatal.
        default: return .discarded
        }
    }

    // MARK: - Streams of the session

    private func sessionStreamBegan(
        _ stream: StreamID, session id: UInt64, _ bytes: Payload, fin: Bool
    ) throws(HTTP3Failure) -> HTTP3StreamState? {
        guard id & 3 == 0 else {
            throw .connection(.idError, "a session id that cannot be a CONNECT stream's")
        }
        switch session {
        case .established(let connect) where connect.value == id:
            sessionStreams.insert(true, for: stream)
            if !bytes.isEmpty || fin { perform(.streamReceived(stream, bytes, fin: fin)) }
            return nil
        case .ended(let connect) where connect?.value == id:
            consumed(stream, bytes.count)
            abandon(stream, .sessionGone)
            return .discarded
        // No other session can come to be on this connection.
        case .established, .ended: break
        case .pending(let connect) where !isServer && connect.value != id: break
        case .none, .pending:
            if early.keep(bytes, fin: fin, of: stream, session: id) { return .early }
        }
        consumed(stream, bytes.count)
        abandon(stream, .bufferedStreamRejected)
        return .discarded
    }

    private func keepMore(_ bytes: Payload, fin: Bool, on stream: StreamID) -> HTTP3StreamState {
        if early.keepMore(bytes, fin: fin, of: stream) { return .early }
        consumed(stream, bytes.count + (early.remove(stream)?.bytes.count ?? 0))
        abandon(stream, .bufferedStreamRejected)
        return .discarded
    }

    /// Gives the session what came before it, and turns away what named another.
    func adoptEarlyArrivals(of connect: StreamID) {
        let arrivals = early.takeAll()
        for stream in arrivals.streams {
            guard stream.session == connect.value else {
                reject(stream, .bufferedStreamRejected)
                continue
            }
            streams.removeValue(forKey: stream.id)
            sessionStreams.insert(true, for: stream.id)
            if !stream.bytes.isEmpty || stream.fin {
                perform(.streamReceived(stream.id, Payload(stream.bytes), fin: stream.fin))
            }
        }
        for datagram in arrivals.datagrams where datagram.session == connect.value {
            perform(.datagramReceived(datagram.bytes))
        }
    }

    func reject(_ stream: EarlyArrivals.Stream, _ code: HTTP3ErrorCode) {
        consumed(stream.id, stream.bytes.count)
        abandon(stream.id, code)
        streams[stream.id] = .discarded
    }

    // MARK: - Failures

    func failed(_ failure: HTTP3Failure, on stream: StreamID) {
        switch failure.scope {
        case .connection: failConnection(failure.code, failure.rule)
        case .stream:
            abandon(stream, failure.code)
            streams[stream] = .discarded
            switch session {
            case .pending(stream), .established(stream):
                endSession(
                    .transport(
                        code: failure.code.rawValue, reason: String(describing: failure.rule), byPeer: false))
                // A client has nothing else to do with the connection.
                if !isServer {
                    perform(.closeConnection(failure.code, reason: String(describing: failure.rule)))
                }
            default: break
            }
        }
    }

    func failConnection(_ code: HTTP3ErrorCode, _ rule: StaticString) {
        let reason = String(describing: rule)
        endSession(.transport(code: code.rawValue, reason: reason, byPeer: false))
        hasFailed = true
        perform(.closeConnection(code, reason: reason))
    }

    /// Resets our half and stops the peer's, as far as the stream has them.
    func abandon(_ stream: StreamID, _ code: HTTP3ErrorCode) {
        let isOurs = stream.isServerInitiated == isServer
        if !stream.isUnidirectional || isOurs { perform(.reset(stream, code)) }
        if !stream.isUnidirectional || !isOurs { perform(.stopSending(stream, code)) }
    }

    /// Gives back the credit of bytes that end here.
    func consumed(_ stream: StreamID, _ byteCount: Int) {
        if byteCount > 0 { perform(.consumed(stream, byteCount: byteCount)) }
    }
}
