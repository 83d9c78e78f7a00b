import MOQTModel

/// What we have announced to the sender of each namespace subscription of the peer's.
struct Announcements {
    /// In the order of announcement, for a subscription that is accepted late.
    private var suffixes: [RequestID: [TrackNamespace]] = [:]
    private var members: [RequestID: Set<TrackNamespace>] = [:]

    /// Where namespaces are announced by PUBLISH_NAMESPACE: the request for each, and how many subscriptions
    /// share it.
    struct Shared {
        var request: RequestID
        var userCount: Int
    }
    private(set) var shared: [TrackNamespace: Shared] = [:]

    /// False when it was announced before.
    mutating func add(_ suffix: TrackNamespace, on id: RequestID) -> Bool {
        guard members[id, default: []].insert(suffix).inserted else { return false }
        suffixes[id, default: []].append(suffix)
        return true
    }

    /// False when it was not announced.
    mutating func remove(_ suffix: TrackNamespace, on id: RequestID) -> Bool {
        guard members[id]?.remove(suffix) != nil else { return false }
        if let index = suffixes[id]?.firstIndex(of: suffix) { suffixes[id]?.remove(at: index) }
        return true
    }

    func announced(on id: RequestID) -> [TrackNamespace] { suffixes[id] ?? [] }

    mutating func removeAll(on id: RequestID) -> [TrackNamespace] {
        members[id] = nil
        return suffixes.removeValue(forKey: id) ?? []
    }

    /// Another subscription uses the PUBLISH_NAMESPACE that there is; false when there is none.
    mutating func shareExisting(_ namespace: TrackNamespace) -> Bool {
        guard let entry = shared[namespace] else { return false }
        shared[namespace] = Shared(request: entry.request, userCount: entry.userCount + 1)
        return true
    }

    mutating func share(_ namespace: TrackNamespace, request: RequestID) {
        shared[namespace] = Shared(request: request, userCount: 1)
    }

    /// The PUBLISH_NAMESPACE to end when its last user has gone.
    mutating func release(_ namespace: TrackNamespace) -> RequestID? {
        guard let entry = shared[namespace] else { return nil }
        guard entry.userCount <= 1 else {
            shared[namespace] = Shared(request: entry.request, userCount: entry.userCount - 1)
            return nil
        }
        shared[namespace] = nil
        return entry.request
    }
}
