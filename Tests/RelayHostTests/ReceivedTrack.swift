import Containers
import MOQTClient
import MOQTModel

/// What a subscriber got of a track, kept as a digest of bytes in order so that big tracks cost nothing.
final class ReceivedTrack {
    private(set) var objectCount = 0
    private(set) var byteCount = 0
    private(set) var digest = ByteDigest()
    private(set) var gapCount = 0
    private(set) var isAccepted = false
    private(set) var largest: Location?
    private(set) var failure: RequestFailure?
    private(set) var ending: PublishDoneStatus?
    private(set) var isAbandoned = false
    private(set) var locations: [Location] = []

    var isOver: Bool { failure != nil || ending != nil || isAbandoned }

    func take(_ event: TrackSubscriber.Event) {
        switch event {
        case .accepted(let largest, _):
            isAccepted = true
            self.largest = largest
        case .refused(let failure): self.failure = failure
        case .object(let object):
            guard object.status == .normal else { return }
            objectCount += 1
            byteCount += object.byteCount
            locations.append(object.location)
            for piece in object.payload { piece.withUnsafeBytes { digest.add($0) } }
        case .gap: gapCount += 1
        case .ended(let status, _): ending = status
        case .abandoned: isAbandoned = true
        }
    }
}
