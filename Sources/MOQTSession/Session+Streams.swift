public import Containers
import MOQTModel
import MOQTWire

/// Bytes and ends of streams, and time.
extension Session {
    /// The next bytes of a stream. Payloads are kept by reference while they are held.
    public func streamReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool, now: Instant) {
        clock = now
        guard phase == .settingUp || phase == .established else { return }
        if stream == control.receivingStream {
            controlReceived(stream, bytes, fin: fin)
        } else if stream.isUnidirectional {
            dataReceived(stream, bytes, fin: fin)
        } else {
            requestReceived(stream, bytes, fin: fin)
        }
    }

    /// The peer abandoned its half; `code` is the application's, nil when outside its range.
    public func streamReset(_ stream: StreamID, code: UInt64?, now: Instant) {
        clock = now
        guard phase == .settingUp || phase == .established else { return }
        if stream == control.receivingStream {
            controlEnded()
        } else if stream.isUnidirectional {
            dataReset(stream, code: code)
        } else if requestStreams[stream] != nil {
            requestStreams[stream]?.frames = ControlFrameReader(wire)
            peerHalfEnded(stream, byReset: true)
        }
    }

    /// The peer sent STOP_SENDING for our half, which the transport has reset. Streams that are not the
    /// session's are ignored.
    public func streamStopped(_ stream: StreamID, code: UInt64?, now: Instant) {
        clock = now
        guard phase == .settingUp || phase == .established else { return }
        if stream == control.sendingStream {
            controlEnded()
        } else if requestStreams[stream] != nil {
            ourHalfStopped(stream)
        }
    }

    /// Both halves are over, and how was said before. Streams that are not the session's are ignored.
    public func streamClosed(_ stream: StreamID) {
        guard phase != .closed else { return }
        requestStreams[stream] = nil
        dataStreams.forget(stream)
        fetchStreams[stream] = nil
    }

    public func timeout(now: Instant) {
        clock = now
        guard phase != .closed else { return }
        if setupDeadline <= now {
            return fail(SessionFailure(.controlMessageTimeout, "no SETUP in time"))
        }
        if goAwayDeadline <= now {
            if requests.count == 0 { return close(.noError, reason: "gone away") }
            return fail(SessionFailure(.goAwayTimeout, "still open after GOAWAY"))
        }
        expireHeldData()
        while let id = crossings.expired(now: now) {
            refuse(id, RequestFailure(.duplicateSubscription, "track is subscribed already"))
        }
        while let entry = lingering.expired(now: now) {
            aliases.retire(entry.alias, request: entry.request)
            dropFills { $1.subscription == entry.request }
        }
    }

    func isOurs(_ stream: StreamID) -> Bool {
        stream.isServerInitiated == (configuration.role == .server)
    }
}
