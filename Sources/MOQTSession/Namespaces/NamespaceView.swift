import MOQTModel

/// The namespaces that the peer has shown us below one prefix. One that is shown in two ways (NAMESPACE and
/// PUBLISH_NAMESPACE) appears once and vanishes with the last.
struct NamespaceView {
    private struct Sources {
        /// When it appeared, relative to the others.
        var order: UInt64
        var byMessage = false
        var requests: Set<RequestID> = []
        var isEmpty: Bool { !byMessage && requests.isEmpty }
    }

    private var sources: [TrackNamespace: Sources] = [:]
    private var nextOrder: UInt64 = 0

    var count: Int { sources.count }
    /// In the order in which they appeared.
    var namespaces: [TrackNamespace] {
        sources.sorted { $0.value.order < $1.value.order }.map(\.key)
    }

    enum Shown { case new, known, repeated }

    /// NAMESPACE.
    mutating func shown(_ namespace: TrackNamespace) -> Shown {
        let before = sources[namespace]
        var entry = before ?? newSources()
        entry.byMessage = true
        sources[namespace] = entry
        guard let before else { return .new }
        return before.byMessage ? .repeated : .known
    }

    /// NAMESPACE_DONE; nil when no NAMESPACE came before it (PROTOCOL_VIOLATION, scope session), else whether
    /// the namespace is gone.
    mutating func withdrawn(_ namespace: TrackNamespace) -> Bool? {
        guard var entry = sources[namespace], entry.byMessage else { return nil }
        entry.byMessage = false
        sources[namespace] = entry.isEmpty ? nil : entry
        return entry.isEmpty
    }

    /// PUBLISH_NAMESPACE; true when the namespace is new.
    mutating func shown(_ namespace: TrackNamespace, by request: RequestID) -> Bool {
        let isNew = sources[namespace] == nil
        var entry = sources[namespace] ?? newSources()
        entry.requests.insert(request)
        sources[namespace] = entry
        return isNew
    }

    private mutating func newSources() -> Sources {
        nextOrder += 1
        return Sources(order: nextOrder)
    }

    /// The end of a PUBLISH_NAMESPACE; true when the namespace is gone.
    mutating func withdrawn(_ namespace: TrackNamespace, by request: RequestID) -> Bool {
        guard var entry = sources[namespace], entry.requests.remove(request) != nil else { return false }
        sources[namespace] = entry.isEmpty ? nil : entry
        return entry.isEmpty
    }
}
