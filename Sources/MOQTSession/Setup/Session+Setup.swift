public import Containers
import MOQTModel
import MOQTWire

/// The beginning of a session: draft, control streams, SETUP (draft-18 section 3.3, draft-14 section 9.3).
extension Session {
    /// `protocolName` is the ALPN or the WebTransport sub-protocol; nil (and the name that old drafts share)
    /// means that SETUP itself negotiates.
    public func transportEstablished(protocolName: String?, now: Instant) {
        guard phase == .idle else { return }
        clock = now
        candidates = SetupRules.candidates(protocolName: protocolName, allowed: configuration.drafts)
        guard let first = candidates.first else {
            return fail(SessionFailure(.versionNegotiationFailed, "no draft for this protocol name"))
        }
        adopt(first, isFinal: !first.rules.versionsInSetup)
        phase = .settingUp
        setupDeadline = now.advanced(byMilliseconds: configuration.setupTimeout)
        switch wire.setupTravelsOn {
        case .uniControlStreams:
            sendSetup(chosen: nil)
            open(.unidirectional, for: .control)
        case .bidiControlStream:
            guard configuration.role == .client else { return }
            sendSetup(chosen: nil)
            open(.bidirectional, for: .control)
        }
    }

    /// Answers `SessionAction.openStream`, as late as the peer's credit makes it.
    public func streamOpened(token: UInt32, id: StreamID) {
        guard let opening = opens.removeValue(forKey: token), phase != .closed else { return }
        switch opening {
        case .control:
            control.sendingStream = id
            if !id.isUnidirectional { control.receivingStream = id }
            let waiting = control.outbox
            control.outbox = []
            for bytes in waiting { send(bytes, on: id) }
        case .request(let request):
            requestStreamOpened(id, for: request)
        }
    }

    private func adopt(_ draft: Draft, isFinal: Bool) {
        codec = ControlCodec(draft)
        if isFinal { self.draft = draft }
        control.frames = ControlFrameReader(draft.rules)
    }

    private func sendSetup(chosen: Draft?) {
        let setup = SetupRules.ownSetup(
            configuration, rules: wire, offered: candidates, chosen: chosen,
            requestLimit: numbering.ownLimit)
        guard let bytes = encoded(.setup(setup)) else {
            return fail(SessionFailure(.internalError, "own SETUP cannot be written"))
        }
        sendControl(bytes)
    }

    /// The first message of the peer's control stream.
    ///
    /// Throws with the scope of the session.
    func setupReceived(_ message: Setup) throws(SessionFailure) {
        guard phase == .settingUp else {
            throw SessionFailure(.protocolViolation, "SETUP twice")
        }
        var setup = message
        let peerRole: Setup.Role = configuration.role == .client ? .server : .client
        if wire.setupTravelsOn == .bidiControlStream, setup.role != peerRole {
            throw SessionFailure(.protocolViolation, "SETUP of the wrong role")
        }
        setup.role = peerRole
        if wire.versionsInSetup {
            guard let chosen = SetupRules.negotiated(setup, candidates: candidates) else {
                throw SessionFailure(.versionNegotiationFailed, "no common version")
            }
            codec = ControlCodec(chosen)
            draft = chosen
            candidates = [chosen]
        }
        try SetupRules.check(
            &setup, configuration: configuration, rules: wire, tolerated: &tolerated)
        setup.authorizationTokens = try tokens.resolve(setup.authorizationTokens, isSetup: true)
        if wire.setupTravelsOn == .bidiControlStream, configuration.role == .server {
            sendSetup(chosen: draft)
        }
        numbering.initialPeerLimit(setup.maxRequestID ?? 0)
        peerSetup = setup
        phase = .established
        setupDeadline = .distantFuture
        events.append(.established(peerSetup: setup))
    }

    /// Queues a message on our control stream, open or not.
    func sendControl(_ bytes: Payload) {
        if let stream = control.sendingStream {
            send(bytes, on: stream)
        } else {
            control.outbox.append(bytes)
        }
    }

    // MARK: The peer's control stream

    func controlReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        if !bytes.isEmpty {
            actions.append(.consumed(stream, byteCount: bytes.count))
            control.frames.append(bytes)
        }
        do {
            try processControl()
        } catch {
            return fail(error)
        }
        if fin { controlEnded() }
    }

    func processControl() throws(SessionFailure) {
        while phase != .closed {
            let frame: ControlFrame?
            do { frame = try control.frames.next() } catch { throw error.sessionFailure }
            guard let frame else { return }
            let message: ControlMessage
            do { message = try codec.decode(frame, context: .control) } catch { throw error.sessionFailure }
            if case .setup(let setup) = message {
                try setupReceived(setup)
                processEarlyStreams()
                continue
            }
            guard phase == .established else {
                throw SessionFailure(.protocolViolation, "the first message is not SETUP")
            }
            try handle(message, on: nil)
        }
    }

    func controlEnded() {
        fail(SessionFailure(.protocolViolation, "control stream closed"))
    }

    private func processEarlyStreams() {
        let streams = earlyStreams
        earlyStreams = []
        earlyByteCount = 0
        for stream in streams { processRequestStream(stream) }
    }
}
