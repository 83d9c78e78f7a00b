import Containers
import MOQTModel
import MOQTPeer
import MOQTSession
import QUICTransport

/// A connection that subscribes and leaves again, many times a second.
final class BenchChurner: BenchConnection {
    private let tracks: [FullTrackName]
    private let perSecond: Double
    private let holdMilliseconds: UInt64
    private var begun = Instant.distantFuture
    private var leaving = RingBuffer<(request: RequestID, at: Instant)>()
    private(set) var subscribeCount: UInt64 = 0
    private(set) var acceptedCount: UInt64 = 0
    private(set) var refusedCount: UInt64 = 0

    init(host: BenchHost, tracks: [FullTrackName], perSecond: Double, holdMilliseconds: Double) {
        self.tracks = tracks
        self.perSecond = perSecond
        self.holdMilliseconds = UInt64(max(0, min(holdMilliseconds, 60_000)))
        super.init(host: host)
    }

    override func established() {
        begun = host.loop.now
        ready()
        step()
    }

    /// Every 5 ms: as many as are due by now.
    private func step() {
        guard !hasFailed, let peer else { return }
        let now = host.loop.now
        while let first = leaving.first, first.at <= now {
            leaving.popFirst()
            peer.session.unsubscribe(first.request)
        }
        let elapsed = now > begun ? now.nanoseconds - begun.nanoseconds : 0
        let due = UInt64(Double(elapsed) / 1_000_000_000 * perSecond)
        while subscribeCount < due {
            var parameters = MessageParameters()
            parameters.forward = true
            parameters.groupOrder = .ascending
            parameters.filter = .nextObject
            do throws(SessionCommandFailure) {
                let track = tracks[Int(subscribeCount % UInt64(tracks.count))]
                let request = try peer.session.subscribe(track, parameters: parameters)
                leaving.append((request, now.advanced(byMilliseconds: holdMilliseconds)))
            } catch {
                return failed("a SUBSCRIBE cannot be sent any more")
            }
            subscribeCount += 1
        }
        peer.pump()
        host.loop.schedule(afterMilliseconds: 5) { [weak self] in self?.step() }
    }

    override func received(_ event: SessionEvent) {
        switch event {
        case .subscribeAccepted: acceptedCount += 1
        case .requestRefused: refusedCount += 1
        case .publishReceived(let request):
            peer?.session.refuse(request.requestID, RequestFailure(.uninterested, "nobody here asked for it"))
        case .subscribeNamespaceReceived(let request):
            peer?.session.refuse(
                request.requestID, RequestFailure(.notSupported, "nothing is published here"))
        case .publishNamespaceReceived(let request): peer?.session.acceptRequest(request.requestID)
        default: break
        }
    }
}
