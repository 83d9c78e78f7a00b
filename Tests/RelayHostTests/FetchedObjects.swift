import MOQTClient
import MOQTModel

/// What a FETCH brought, in the order in which it came.
final class FetchedObjects {
    private(set) var locations: [Location] = []
    private(set) var bytes: [Location: [UInt8]] = [:]
    private(set) var gaps: [Location] = []
    private(set) var end: Location?
    private(set) var isEndOfTrack = false
    private(set) var failure: RequestFailure?
    private(set) var isComplete = false
    private(set) var isBroken = false

    var isOver: Bool { isComplete || isBroken || failure != nil }

    func take(_ event: TrackFetch.Event) {
        switch event {
        case .accepted(let group, let object, let isEndOfTrack, _):
            end = Location(group: group, object: object ?? .max)
            self.isEndOfTrack = isEndOfTrack
        case .refused(let failure): self.failure = failure
        case .object(let object):
            locations.append(object.location)
            bytes[object.location] = object.bytes
        case .gap(_, let through): gaps.append(through)
        case .ended: isComplete = true
        case .broken: isBroken = true
        }
    }
}
