import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import QUICTransport

/// A connection that subscribes and counts: nothing of an object is kept but its stamp.
final class BenchReader: BenchConnection {
    let kind: ReaderClass
    private let tracks: [FullTrackName]
    @exclusivity(unchecked) private var subscriptions: [Subscription] = []
    @exclusivity(unchecked) private var open: [Incoming] = []
    private let slowBytesPerSecond: Double
    /// Nanoseconds from the first answer to `leave`; 0 = never.
    private let stay: UInt64
    private var leavesAt = Instant.distantFuture
    private var nextCredit = Instant.distantFuture
    private var retryAt = Instant.distantFuture
    private var answeredCount = 0

    private struct Subscription {
        var request: RequestID
        var subscribedAt: UInt64
        var isAccepted = false
        var hasObject = false
        var refusals = 0
        var window = SequenceWindow()
    }
    private struct Incoming {
        var stream: StreamID
        var subscription: Int
        var object = ObjectProgress()
    }

    /// A track that does not exist yet is asked for again.
    private static let maximumRefusals = 40
    private static let slowWindow: UInt64 = 65_536

    init(
        host: BenchHost, kind: ReaderClass, tracks: [FullTrackName], slowBytesPerSecond: Double,
        staySeconds: Double = 0
    ) {
        self.kind = kind
        self.tracks = tracks
        self.slowBytesPerSecond = max(1, slowBytesPerSecond)
        stay = UInt64(max(0, min(staySeconds, 86_400)) * 1_000_000_000)
        super.init(host: host)
    }

    override var windowByteCount: UInt64 {
        kind == .healthy || kind == .late ? super.windowByteCount : Self.slowWindow
    }

    override func established() {
        for track in tracks {
            guard let request = subscribe(track) else { return }
            subscriptions.append(Subscription(request: request, subscribedAt: host.clock))
        }
        if tracks.isEmpty { ready() }
    }

    private func subscribe(_ track: FullTrackName) -> RequestID? {
        guard let session = peer?.session else { return nil }
        var parameters = MessageParameters()
        parameters.subscriberPriority = 128
        parameters.groupOrder = .ascending
        parameters.forward = true
        parameters.filter = .nextObject
        do throws(SessionCommandFailure) {
            return try session.subscribe(track, parameters: parameters)
        } catch {
            failed("a SUBSCRIBE cannot be sent")
            return nil
        }
    }

    override func received(_ event: SessionEvent) {
        switch event {
        case .objectPayload(let stream, let bytes):
            guard let slot = slot(of: stream) else { return }
            bytes.withUnsafeBytes { open[slot].object.feed($0, pattern: host.tally.pattern) }
        case .objectBegan(let stream, _):
            guard let slot = slot(of: stream) else { return }
            open[slot].object = ObjectProgress()
        case .objectEnded(let stream):
            guard let slot = slot(of: stream) else { return }
            objectEnded(open[slot].object, open[slot].subscription)
        case .subgroupBegan(let stream, let request, _):
            guard let subscription = index(of: request) else { return }
            open.append(Incoming(stream: stream, subscription: subscription))
        case .subgroupEnded(let stream, _):
            guard let slot = slot(of: stream) else { return }
            open.swapAt(slot, open.count - 1)
            open.removeLast()
        case .datagram(let request, let datagram):
            guard let subscription = index(of: request) else { return }
            var object = ObjectProgress()
            datagram.payload.withUnsafeBytes { object.feed($0, pattern: host.tally.pattern) }
            objectEnded(object, subscription, asDatagram: true)
        default: receivedAnswer(event)
        }
    }

    private func objectEnded(_ object: ObjectProgress, _ index: Int, asDatagram: Bool = false) {
        // The end of a group or track is an object without bytes.
        if object.byteCount == 0 { return }
        let now = host.clock
        if !subscriptions[index].hasObject {
            subscriptions[index].hasObject = true
            host.tally.joinTime.add(now &- subscriptions[index].subscribedAt)
        }
        // What a relay sends of the past is welcome, but its age is not its latency.
        if let stamp = object.stamp, stamp.due < subscriptions[index].subscribedAt { return }
        host.tally.objectEnded(
            object, of: kind, in: &subscriptions[index].window, asDatagram: asDatagram, at: now)
    }

    private func receivedAnswer(_ event: SessionEvent) {
        switch event {
        case .subscribeAccepted(let request, _):
            guard let index = index(of: request), !subscriptions[index].isAccepted else { return }
            subscriptions[index].isAccepted = true
            answeredCount += 1
            if stay > 0, answeredCount == 1 { leavesAt = host.loop.now.advanced(byNanoseconds: stay) }
            if kind == .stalled || kind == .slow { peer?.holdsCredit = true }
            if kind == .slow { nextCredit = host.loop.now }
            if answeredCount == tracks.count { ready() }
        case .requestRefused(let request, let failure):
            guard let index = index(of: request) else { return }
            subscriptions[index].refusals += 1
            if subscriptions[index].refusals > Self.maximumRefusals {
                return failed("a SUBSCRIBE was refused: \(failure.reason)")
            }
            subscriptions[index].subscribedAt = 0
            retryAt = host.loop.now.advanced(byMilliseconds: 250)
        case .publishDoneReceived(_, let done): failed("a subscription ended: \(done.reason)")
        case .publishReceived(let request):
            peer?.session.refuse(request.requestID, RequestFailure(.uninterested, "nobody here asked for it"))
        case .subscribeNamespaceReceived(let request):
            peer?.session.refuse(
                request.requestID, RequestFailure(.notSupported, "nothing is published here"))
        case .publishNamespaceReceived(let request): peer?.session.acceptRequest(request.requestID)
        default: break
        }
    }

    override func tick(now: Instant) {
        super.tick(now: now)
        if now >= leavesAt { return leave() }
        if now >= retryAt { retry() }
        guard let peer, kind == .slow else { return }
        // A full window's credit at a time, as often as the rate allows.
        while now >= nextCredit {
            let pause = Double(Self.slowWindow) / slowBytesPerSecond * 1_000_000_000
            nextCredit = nextCredit.advanced(byNanoseconds: UInt64(max(1_000_000, min(pause, 1e12))))
            peer.holdsCredit = false
            peer.holdsCredit = true
        }
    }

    private func retry() {
        retryAt = .distantFuture
        for index in subscriptions.indices
        where subscriptions[index].subscribedAt == 0 && !subscriptions[index].isAccepted {
            guard let request = subscribe(tracks[index]) else { return }
            subscriptions[index].request = request
            subscriptions[index].subscribedAt = host.clock
        }
        peer?.pump()
    }

    private func slot(of stream: StreamID) -> Int? {
        var index = open.count - 1
        while index >= 0 {
            if open[index].stream == stream { return index }
            index -= 1
        }
        return nil
    }

    private func index(of request: RequestID) -> Int? {
        if subscriptions.count == 1 { return subscriptions[0].request == request ? 0 : nil }
        return subscriptions.firstIndex { $0.request == request }
    }
}
