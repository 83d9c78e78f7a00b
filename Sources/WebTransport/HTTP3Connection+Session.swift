import Containers
import TransportInterface

/// How a session comes to be, and how it ends.
extension HTTP3Connection {
    func settingsReceived(_ settings: HTTP3Settings) throws(HTTP3Failure) {
        peerSettings = settings
        guard isServer else {
            try checkServer(settings)
            if session == .none { perform(.openRequestStream) }
            return
        }
        // What a client's SETTINGS lack is not held against it: without HTTP datagrams we just send none.
        guard case .pending(let stream) = session, case .held(let held) = streams[stream] else { return }
        do {
            streams[stream] = try answer(
                held.request, held.reader, on: stream, Payload(held.bytes), fin: held.fin)
        } catch {
            failed(error, on: stream)
        }
    }

    private func checkServer(_ settings: HTTP3Settings) throws(HTTP3Failure) {
        guard !settings.webTransport.isEmpty else {
            throw .connection(.requirementsNotMet, "the server's HTTP/3 settings do not offer WebTransport")
        }
        // The oldest drafts' setting implies it.
        guard settings.enablesConnectProtocol || settings.webTransport.contains(.enable) else {
            throw .connection(
                .requirementsNotMet, "the server's HTTP/3 settings do not offer extended CONNECT")
        }
    }

    func goawayWasReceived() {
        goawayReceived = true
        switch session {
        case .established: perform(.drainRequested)
        case .none where !isServer:
            failConnection(.noError, "the server is going away and takes no new sessions")
        default: break
        }
    }

    // MARK: - Server

    func requestReceived(
        _ reader: MessageReader, on stream: StreamID, _ bytes: Payload, fin: Bool
    ) throws(HTTP3Failure) -> HTTP3StreamState {
        var reader = reader
        var bytes = bytes
        guard let event = try reader.next(&bytes) else {
            if fin { try checkEnd(reader) }
            return .request(reader)
        }
        guard case .headers(let section) = event,
            case .fields(let fields) = try coder.decode(
                section, on: stream.value, maximumByteCount: configuration.maximumFieldSectionByteCount)
        else {
            respond(431, on: stream, stop: !fin)
            return .discarded
        }
        switch try ConnectRequest.read(fields) {
        case .other(let status):
            respond(status, on: stream, stop: !fin)
            return .discarded
        case .session(let request):
            // One session per connection (section 5.2).
            guard session == .none else {
                abandon(stream, .requestRejected)
                return .discarded
            }
            reader.becomeTunnel()
            session = .pending(stream)
            guard peerSettings != nil else {
                let held = HTTP3StreamState.HeldConnect(reader: reader, request: request)
                return try heldConnectReceived(held, bytes, fin: fin)
            }
            return try answer(request, reader, on: stream, bytes, fin: fin)
        }
    }

    /// Until SETTINGS have come, a CONNECT is not answered and its capsules are not read (section 3.1).
    func heldConnectReceived(
        _ held: HTTP3StreamState.HeldConnect, _ bytes: Payload, fin: Bool
    ) throws(HTTP3Failure) -> HTTP3StreamState {
        var held = held
        guard bytes.count <= configuration.maximumEarlyByteCount - held.bytes.count else {
            throw .stream(.excessiveLoad, "too many bytes before the session was accepted")
        }
        bytes.withUnsafeBytes { held.bytes.append(contentsOf: $0) }
        held.fin = fin
        return .held(held)
    }

    private func answer(
        _ request: ConnectRequest, _ reader: MessageReader, on stream: StreamID, _ bytes: Payload, fin: Bool
    ) throws(HTTP3Failure) -> HTTP3StreamState {
        let answer = request.answer(by: configuration)
        guard answer.status == 200 else {
            respond(answer.status, on: stream, stop: !fin)
            session = .none
            for kept in early.takeStreams(of: stream.value) { reject(kept, .bufferedStreamRejected) }
            return .discarded
        }
        var fields = [HTTPField(":status", "200")]
        if request.wantsVersionField { fields.append(ConnectRequest.versionResponseField) }
        if let name = answer.protocol.flatMap(ProtocolList.encodeItem) {
            fields.append(HTTPField(ConnectRequest.protocolField, name))
        }
        sendHeaders(fields, fin: false, on: stream)
        establish(stream, protocol: answer.protocol, authority: request.authority, path: request.path)
        return try capsulesReceived(.init(reader: reader), on: stream, bytes, fin: fin)
    }

    /// Answers a request that opens no session, and wants no more of it.
    private func respond(_ status: Int, on stream: StreamID, stop: Bool) {
        let fields = [HTTPField(":status", String(status)), HTTPField("content-length", "0")]
        sendHeaders(fields, fin: true, on: stream)
        if stop { perform(.stopSending(stream, .noError)) }
    }

    // MARK: - Client

    func responseReceived(
        _ reader: MessageReader, on stream: StreamID, _ bytes: Payload, fin: Bool
    ) throws(HTTP3Failure) -> HTTP3StreamState {
        var reader = reader
        var bytes = bytes
        while let event = try reader.next(&bytes) {
            guard case .headers(let section) = event,
                case .fields(let fields) = try coder.decode(
                    section, on: stream.value, maximumByteCount: configuration.maximumFieldSectionByteCount)
            else { throw .stream(.excessiveLoad, "the server's header section is too large") }
            let response = try ConnectResponse(fields)
            if response.isInterim {
                reader.awaitHeadersAgain()
                continue
            }
            guard response.isSuccess else {
                endSession(.refused(status: response.status))
                finishConnect(stream)
                perform(.closeConnection(.noError, reason: ""))
                return .discarded
            }
            reader.becomeTunnel()
            try accepted(response, on: stream)
            return try capsulesReceived(.init(reader: reader), on: stream, bytes, fin: fin)
        }
        if fin { try checkEnd(reader) }
        return .response(reader)
    }

    private func accepted(_ response: ConnectResponse, on stream: StreamID) throws(HTTP3Failure) {
        guard case .client(let request) = role else { return }
        if let chosen = response.chosen, !request.protocols.contains(chosen) {
            throw .stream(.alpnError, "the server chose a protocol that was not offered")
        }
        if response.chosen == nil, configuration.requiresProtocol, !request.protocols.isEmpty {
            throw .stream(.alpnError, "the server chose none of the protocols that were offered")
        }
        establish(stream, protocol: response.chosen, authority: request.authority, path: request.path)
    }

    // MARK: - Both

    private func establish(
        _ stream: StreamID, protocol name: String?, authority: String, path: String
    ) {
        session = .established(stream)
        perform(
            .sessionEstablished(
                stream,
                NegotiatedProtocol(carrier: .webTransport, name: name, authority: authority, path: path)))
        adoptEarlyArrivals(of: stream)
        if goawayReceived { perform(.drainRequested) }
    }

    func capsulesReceived(
        _ connect: HTTP3StreamState.ConnectStream, on stream: StreamID, _ bytes: Payload, fin: Bool
    ) throws(HTTP3Failure) -> HTTP3StreamState {
        var connect = connect
        var bytes = bytes
        while let event = try connect.reader.next(&bytes) {
            guard case .content(var content) = event else { continue }
            while let capsule = try connect.capsules.next(&content) {
                switch capsule {
                case .drain:
                    if case .established = session { perform(.drainRequested) }
                case .close(let code, let reason):
                    endSession(.application(code: UInt64(code), reason: reason, byPeer: true))
                    finishConnect(stream)
                }
            }
        }
        if fin {
            guard connect.reader.isBetweenFrames else {
                throw .connection(.frameError, "a stream that ends inside a frame")
            }
            guard connect.capsules.isBetweenCapsules else {
                throw .stream(.messageError, "a stream that ends inside a capsule")
            }
            // Equal to WT_CLOSE_SESSION with code 0 and no message.
            endSession(.application(code: 0, reason: "", byPeer: true))
            finishConnect(stream)
        }
        return .connect(connect)
    }

    /// The message ends before its header section.
    private func checkEnd(_ reader: MessageReader) throws(HTTP3Failure) {
        guard reader.isBetweenFrames else {
            throw .connection(.frameError, "a stream that ends inside a frame")
        }
        throw .stream(.requestIncomplete, "a message without a header section")
    }

    /// The CONNECT stream ended without a word: so does the session.
    func endedAbruptly(_ stream: StreamID, code: UInt64?, _ sentence: StaticString) {
        endSession(.transport(code: code ?? 0, reason: String(describing: sentence), byPeer: true))
        if !hasFinishedConnect {
            hasFinishedConnect = true
            perform(.reset(stream, .requestCancelled))
        }
        perform(.stopSending(stream, .requestCancelled))
        streams[stream] = .discarded
    }

    /// Forgets the session and abandons all of its streams; what the CONNECT stream still has to say is the
    /// caller's business.
    func endSession(_ reason: TransportCloseReason) {
        switch session {
        case .ended: return
        case .none: session = .ended(nil)
        case .pending(let stream), .established(let stream): session = .ended(stream)
        }
        var open: [StreamID] = []
        sessionStreams.forEach { stream, _ in open.append(stream) }
        for stream in open.sorted() {
            abandon(stream, .sessionGone)
            streams[stream] = .discarded
        }
        sessionStreams = StreamTable()
        for stream in early.takeAll().streams { reject(stream, .sessionGone) }
        perform(.sessionEnded(reason))
    }

    private func finishConnect(_ stream: StreamID) {
        guard !hasFinishedConnect else { return }
        hasFinishedConnect = true
        perform(.send(Payload(), fin: true, on: stream))
    }

    func sendCapsule(_ capsule: Capsule, fin: Bool, on stream: StreamID) {
        var bytes: [UInt8] = []
        VarintWriter.appendTyped(HTTP3FrameType.data, capsule.encoded, to: &bytes)
        perform(.send(Payload(bytes), fin: fin, on: stream))
    }

    func sendHeaders(_ fields: [HTTPField], fin: Bool, on stream: StreamID) {
        var bytes: [UInt8] = []
        VarintWriter.appendTyped(HTTP3FrameType.headers, coder.encode(fields, on: stream.value), to: &bytes)
        perform(.send(Payload(bytes), fin: fin, on: stream))
    }
}
