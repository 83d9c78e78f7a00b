public import MOQTModel

/// Follows REDIRECT from place to place, never in a circle and not without end (draft-18 section 10.6.1). Pure.
///
/// A request that is refused with the code `redirect` names another place, another track, or both. A relay that
/// redirects decides where the client connects to; certificates are checked there as they were here.
public struct RedirectTrail: Sendable {
    /// Where the request is to be made instead.
    public struct Step: Sendable {
        /// nil: on the connection that refused it.
        public var configuration: ClientConfiguration?
        public var track: FullTrackName
    }

    public enum Failure: Error, Hashable, Sendable {
        /// It was redirected as often as that before.
        case tooMany(Int)
        /// It was refused there before.
        case circle
        /// The URI is none that could be connected to.
        case notUnderstood(String)
    }

    /// Redirects that are followed for one request.
    public static let maximumCount = 8

    private struct Stop: Hashable {
        var place: String
        var track: FullTrackName
    }

    private var configuration: ClientConfiguration
    private var track: FullTrackName
    private var visited: Set<Stop>
    private var count = 0

    /// Where the request was made first. A request about a namespace has a track without a name.
    public init(_ configuration: ClientConfiguration, _ track: FullTrackName) {
        self.configuration = configuration
        self.track = track
        visited = [Stop(place: configuration.place, track: track)]
    }

    /// The next step after a refusal; throws when there is none to be taken.
    public mutating func follow(_ redirect: Redirect) throws(Failure) -> Step {
        guard count < Self.maximumCount else { throw .tooMany(count) }
        var step = Step(configuration: nil, track: track)
        if !redirect.track.namespace.fields.isEmpty || !redirect.track.name.isEmpty {
            step.track = redirect.track
        }
        var next = configuration
        if !redirect.connectURI.isEmpty {
            guard let there = configuration.redirected(to: redirect.connectURI) else {
                throw .notUnderstood(redirect.connectURI)
            }
            if there.place != configuration.place { step.configuration = there }
            next = there
        }
        guard visited.insert(Stop(place: next.place, track: step.track)).inserted else { throw .circle }
        count += 1
        configuration = next
        track = step.track
        return step
    }
}
