import Containers
import MOQTModel

/// Sessions that come and go.
extension Relay {
    /// Sessions open now.
    public var sessionCount: Int { sessions.count }
    /// Tracks known now, those included whose last deliveries are still under way.
    public var trackCount: Int { tracks.count }
    /// PUBLISH_NAMESPACE requests that stand.
    public var publishedNamespaceCount: Int { publishers.count }

    func openSession(_ key: SessionKey, _ traits: SessionTraits) {
        guard sessions[key] == nil, sessions.count < limits.sessions else { return }
        sessions[key] = SessionRecord(key: key, traits: traits)
    }

    /// Forgets the session first, so that nothing below can address it.
    func closeSession(_ key: SessionKey, now: Instant) {
        guard let session = sessions.removeValue(forKey: key) else { return }
        defer { closeFetches(of: session, now: now) }
        for (request, interest) in session.interests {
            _ = interests.remove(RequestKey(session: key, request: request), at: interest.prefix)
        }
        for (request, published) in session.namespaces.sorted(by: { $0.value.order < $1.value.order }) {
            withdrawNamespace(published.namespace, RequestKey(session: key, request: request))
        }
        var changed: Set<TrackID> = []
        for (reference, id) in session.subscriptions.sorted(by: { $0.key.rank < $1.key.rank }) {
            guard let track = tracks[id] else { continue }
            removeSubscriber(SubscriberKey(session: key, reference: reference), from: track)
            changed.insert(id)
        }
        for id in session.sourceTracks.sorted() {
            guard let track = tracks[id] else { continue }
            removeSource(key, from: track, done: nil)
            changed.insert(id)
        }
        for id in changed.sorted() {
            if let track = tracks[id] { settle(track, now: now) }
        }
    }
}
