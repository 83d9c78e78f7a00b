import Containers
import MOQTModel
import MOQTWire

/// Streams that carry one request each.
extension Session {
    // MARK: Ours

    func requestStreamOpened(_ stream: StreamID, for id: RequestID) {
        var opened = RequestStream(frames: ControlFrameReader(wire), request: id, isOurs: true)
        guard let request = requests[id] else {
            // Cancelled while it waited for the stream.
            opened.isDiscarding = true
            requestStreams[stream] = opened
            return abandon(stream)
        }
        requestStreams[stream] = opened
        requests.change(id) {
            $0.stream = stream
            $0.outbox = []
        }
        for bytes in request.outbox { send(bytes, on: stream) }
        if request.isOrphan {
            finish(stream)
            abandon(stream)
            remove(id)
        }
    }

    /// Resets what is open of our half and stops what is open of the peer's (draft-18 section 3.3.2).
    func abandon(_ stream: StreamID, _ meaning: StreamResetCode = .cancelled) {
        guard let state = requestStreams[stream] else { return }
        let code = resetCode(meaning)
        if !state.sendingEnded { actions.append(.resetStream(stream, code: code)) }
        if !state.receivingEnded { actions.append(.stopSending(stream, code: code)) }
        requestStreams[stream]?.sendingEnded = true
        requestStreams[stream]?.receivingEnded = true
        requestStreams[stream]?.isDiscarding = true
    }

    /// Ends our half by FIN when it is still open.
    func finish(_ stream: StreamID) {
        guard let state = requestStreams[stream], !state.sendingEnded else { return }
        requestStreams[stream]?.sendingEnded = true
        send(Payload(), fin: true, on: stream)
    }

    // MARK: Arrivals

    func requestReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        if !bytes.isEmpty { actions.append(.consumed(stream, byteCount: bytes.count)) }
        if requestStreams[stream] == nil {
            guard !isOurs(stream) else { return }
            guard mayOpenRequestStream() else {
                return fail(
                    SessionFailure(.protocolViolation, "bidirectional stream beside the control stream"))
            }
            requestStreams[stream] = RequestStream(
                frames: ControlFrameReader(wire), request: nil, isOurs: false)
        }
        guard requestStreams[stream]?.isDiscarding == false else {
            if fin { requestStreams[stream]?.receivingEnded = true }
            return
        }
        requestStreams[stream]?.frames.append(bytes)
        if fin { requestStreams[stream]?.finArrived = true }
        guard phase == .established else { return receivedEarly(stream, byteCount: bytes.count) }
        processRequestStream(stream)
    }

    /// Whether the peer may open bidirectional streams now: for requests, or for its control stream.
    private func mayOpenRequestStream() -> Bool {
        if wire.requestsTravelOn == .bidiStreams || wire.subscribeNamespaceTravelsOn == .bidiStreams {
            return true
        }
        return configuration.role == .server && control.receivingStream == nil
    }

    /// Before SETUP: the stream is the control stream, or waits for it within limits.
    private func receivedEarly(_ stream: StreamID, byteCount: Int) {
        earlyByteCount += byteCount
        let isWaiting = earlyStreams.contains(stream)
        if mayBecomeControl {
            do {
                if try becameControl(stream) { return }
            } catch {
                return fail(error)
            }
        }
        if !isWaiting { earlyStreams.append(stream) }
        if earlyStreams.count > configuration.limits.earlyStreams
            || earlyByteCount > configuration.limits.earlyBytes
        {
            earlyStreams.removeAll { $0 == stream }
            abandon(stream, .excessiveLoad)
        }
    }

    private var mayBecomeControl: Bool {
        wire.setupTravelsOn == .bidiControlStream && configuration.role == .server
            && control.receivingStream == nil
    }

    /// True when the stream's first message is SETUP; false when it is a request, or not there yet.
    private func becameControl(_ stream: StreamID) throws(SessionFailure) -> Bool {
        guard let state = requestStreams[stream], !state.isKnownRequest else { return false }
        var frames = state.frames
        let first: ControlFrame?
        do { first = try frames.next() } catch { throw error.sessionFailure }
        guard let first else {
            guard !state.finArrived else {
                throw SessionFailure(.protocolViolation, "control stream closed")
            }
            return false
        }
        guard codec.isSetup(first.type) else {
            // Throws where requests have no streams of their own.
            do { _ = try codec.decode(first, context: .requestFirst) } catch { throw error.sessionFailure }
            requestStreams[stream]?.isKnownRequest = true
            return false
        }
        control.receivingStream = stream
        control.sendingStream = stream
        control.frames = state.frames
        requestStreams[stream] = nil
        earlyStreams.removeAll { $0 == stream }
        try processControl()
        if state.finArrived { controlEnded() }
        return true
    }

    func processRequestStream(_ stream: StreamID) {
        while phase == .established {
            guard let state = requestStreams[stream], !state.isDiscarding else { return }
            let frame: ControlFrame?
            do {
                frame = try requestStreams[stream]?.frames.next() ?? nil
                guard let frame else { break }
                let message = try codec.decode(frame, context: context(of: state))
                try handleOnStream(message, stream)
            } catch let error as WireError {
                return fail(error.sessionFailure)
            } catch let error as SessionFailure {
                return fail(error)
            } catch {
                return
            }
        }
        guard phase == .established, let state = requestStreams[stream], state.finArrived,
            !state.receivingEnded
        else { return }
        guard state.frames.isBetweenFrames else {
            return fail(SessionFailure(.protocolViolation, "stream ends inside a message"))
        }
        peerHalfEnded(stream, byReset: false)
    }

    private func context(of state: RequestStream) -> StreamContext {
        guard let id = state.request else { return .requestFirst }
        guard let request = requests[id] else { return .requestReply(nil) }
        let isNamespaces = request.kind == .subscribeNamespace || request.kind == .subscribeTracks
        if isNamespaces, state.isOurs { return .namespaceReply }
        return .requestReply(request.state == .pending ? request.kind : .update)
    }

    private func handleOnStream(_ message: ControlMessage, _ stream: StreamID) throws(SessionFailure) {
        guard let state = requestStreams[stream] else { return }
        if state.isOurs, let id = state.request, let request = requests[id], request.state == .pending {
            switch message {
            case .subscribeOK, .requestOK, .publishOK, .fetchOK, .requestError, .goAway: break
            default:
                throw SessionFailure(.protocolViolation, "the first message of the answer is no answer")
            }
        }
        try handle(message, on: stream)
    }

    // MARK: Ends

    /// The peer's half of a request stream has ended, and everything before the end has been handled.
    func peerHalfEnded(_ stream: StreamID, byReset: Bool) {
        guard let state = requestStreams[stream], !state.receivingEnded else { return }
        requestStreams[stream]?.receivingEnded = true
        guard let id = state.request, let request = requests[id] else {
            // Nothing was asked on it, or it is over.
            if !state.isOurs, state.request == nil { abandon(stream) }
            return
        }
        if request.isOurs {
            answerHalfEnded(request, byReset: byReset, wasStopped: state.wasStopped)
        } else if byReset || finCancels(request) || (state.wasStopped && request.kind != .publish) {
            cancelledByPeer(id)
        }
    }

    /// Whether a FIN of the requester's half withdraws the peer's request. From the drafts on where FIN only
    /// says "no more messages", namespaces stay.
    private func finCancels(_ request: Request) -> Bool {
        switch request.kind {
        case .publish: true
        case .subscribeNamespace, .subscribeTracks, .publishNamespace: wire.finEndsNamespaceSubscription
        default: false
        }
    }

    private func answerHalfEnded(_ request: Request, byReset: Bool, wasStopped: Bool) {
        if request.state == .pending {
            let reason = byReset ? "the peer reset the request" : "the stream ended without an answer"
            return refused(request, RequestFailure(.internalError, reason))
        }
        switch request.kind {
        case .publish, .publishNamespace:
            // They live on without more answers, unless the peer cancelled.
            if byReset || wasStopped { cancelledByPeer(request.id) }
        case .subscribe, .subscribeNamespace, .subscribeTracks:
            cancelledByPeer(request.id)
        case .fetch:
            // FIN follows FETCH_OK; the objects may still be under way.
            if byReset { cancelledByPeer(request.id) }
        default: break
        }
    }

    /// The peer sent STOP_SENDING for our half.
    ///
    /// Some stacks send it when they merely drop a half that they have read, so where the peer's own half
    /// says more, that counts.
    func ourHalfStopped(_ stream: StreamID) {
        guard let state = requestStreams[stream], !state.sendingEnded else { return }
        requestStreams[stream]?.sendingEnded = true
        requestStreams[stream]?.wasStopped = true
        guard let id = state.request, let request = requests[id] else { return }
        switch (request.isOurs, request.kind) {
        case (false, .subscribe), (false, .fetch), (false, .trackStatus), (false, .subscribeNamespace),
            (false, .subscribeTracks), (true, .publish):
            cancelledByPeer(id)
        default:
            if state.receivingEnded { cancelledByPeer(id) }
        }
    }

    /// Ends a request because the peer withdrew it (its own) or revoked it (ours).
    func cancelledByPeer(_ id: RequestID) {
        guard let request = requests[id] else { return }
        if request.isOurs, request.kind == .subscribeNamespace || request.kind == .subscribeTracks {
            forgetView(of: id)
        }
        if let stream = request.stream { abandon(stream) }
        let primary = request.parent
        remove(id)
        if request.kind == .subscribeTracks, request.isOurs, let primary {
            requests.change(primary) { $0.companion = nil }
            return
        }
        guard !request.isAnnouncement else { return }
        if request.isOurs, request.kind == .publishNamespace {
            events.append(
                .publishNamespaceCancelled(id, RequestFailure(.uninterested, "the peer closed the stream")))
        } else {
            events.append(.requestCancelled(id))
            admitCrossing(after: request)
        }
    }
}
