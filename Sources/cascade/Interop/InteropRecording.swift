import MOQTClient
import MOQTModel

/// What one subscription of a test has seen.
final class InteropRecording {
    private(set) var isAccepted = false
    private(set) var failure: RequestFailure?
    private(set) var objects: [ReceivedObject] = []
    private(set) var gapCount = 0
    private(set) var ending: PublishDoneStatus?
    private(set) var isOver = false
    private(set) var properties = TrackProperties()
    /// Set at once after the request was made.
    var subscriber: TrackSubscriber?
    var onObject: () -> Void = {}

    var locations: [Location] { objects.map(\.location) }

    func received(_ event: TrackSubscriber.Event) {
        switch event {
        case .accepted(_, let properties):
            isAccepted = true
            self.properties = properties
        case .refused(let failure):
            self.failure = failure
            isOver = true
        case .object(let object):
            objects.append(object)
            onObject()
        case .gap: gapCount += 1
        case .ended(let status, _):
            ending = status
            isOver = true
        case .abandoned: isOver = true
        }
    }
}
