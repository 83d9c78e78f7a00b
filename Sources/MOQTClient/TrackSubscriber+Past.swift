import MOQTModel
import MOQTSession

/// The past of a subscription: a fill (draft-20 section 5.1.3), or where the draft has none a FETCH that joins it. Its
/// objects are handed out before those that come live, which wait for it.
extension TrackSubscriber {
    /// Milliseconds of silence after which a past that was asked for is given up.
    public static let pastPatience: UInt64 = 3_000

    /// The past has been asked for; its events go to `receivedPast`.
    func expectPast(_ fetch: TrackFetch, _ filter: LocationFilter) {
        pastFetch = fetch
        pastFilter = filter
    }

    /// SUBSCRIBE_OK names the largest object: what is after it comes live.
    func pastAccepted(largest: Location?) {
        guard pastFetch != nil else { return }
        liveStart = largest.map(TrackPast.next)
        past = TrackPast(pastFilter, largest: largest)
        let events = earlyPast
        earlyPast = []
        guard past != nil else { return endPast() }
        for event in events { receivedPast(event) }
    }

    func receivedPast(_ event: TrackFetch.Event) {
        guard !isOver, pastFetch != nil else { return }
        guard isAccepted else {
            earlyPast.append(event)
            return
        }
        switch event {
        case .accepted: break
        case .object(let object):
            guard past?.take(object.location) == true, object.status == .normal else { return }
            var object = object
            object.hasMediaTime = hasMediaTime
            onEvent(.object(object))
        case .gap(let gap, let through):
            if let missing = past?.skip(through: through), gap != .nonExistent {
                onEvent(.gap(from: missing.from, to: missing.to))
            }
        case .ended: endPast()
        case .refused, .broken: losePast()
        }
    }

    /// What has not come of the past will not come.
    func losePast() {
        guard pastFetch != nil else { return }
        if let past, let missing = self.past?.skip(through: past.end) {
            onEvent(.gap(from: missing.from, to: missing.to))
        }
        endPast()
    }

    private func endPast() {
        guard let fetch = pastFetch else { return }
        pastFetch = nil
        past = nil
        earlyPast = []
        fetch.cancel()
        guard !isOver else { return }
        drain()
        finishIfComplete()
    }
}

extension LocationFilter {
    /// Whether it may begin before what a publisher sends next.
    var reachesBack: Bool {
        switch self {
        case .from, .range: true
        case .relative(let groupCount): groupCount > 0
        case .unfiltered, .nextObject, .nextGroup: false
        }
    }
}
