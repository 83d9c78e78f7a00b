import MOQTModel

/// The open requests of a session, both directions.
struct RequestTable {
    private var requests: [RequestID: Entry] = [:]
    /// Subscriptions by track, and namespace requests by namespace or prefix, in order of arrival.
    private var byTrack: [FullTrackName: RequestIDs] = [:]
    private var byNamespace: [TrackNamespace: RequestIDs] = [:]
    /// Our own namespace subscriptions, in order.
    private var ownPrefixes: [RequestID] = []
    /// The peer's.
    private var peerPrefixes: Set<RequestID> = []
    /// Open requests of the peer, updates included.
    private(set) var incomingCount = 0

    /// A request is large, and a dictionary keeps many of its places empty: so each has a place of its own.
    private final class Entry {
        var request: Request
        init(_ request: Request) { self.request = request }
    }

    subscript(id: RequestID) -> Request? { requests[id]?.request }

    var count: Int { requests.count }

    /// Adds a request whose track or namespace is set; they never change.
    mutating func add(_ request: Request) {
        guard requests[request.id] == nil else { return }
        if !request.isOurs { incomingCount += 1 }
        requests[request.id] = Entry(request)
        if request.isSubscription, let track = request.track {
            if byTrack[track]?.append(request.id) == nil { byTrack[track] = RequestIDs(request.id) }
        }
        if let namespace = request.namespace, byNamespace[namespace]?.append(request.id) == nil {
            byNamespace[namespace] = RequestIDs(request.id)
        }
        if request.isOurs, request.kind == .subscribeNamespace { ownPrefixes.append(request.id) }
        if request.isPeerPrefix { peerPrefixes.insert(request.id) }
    }

    mutating func remove(_ id: RequestID) -> Request? {
        guard let request = requests.removeValue(forKey: id)?.request else { return nil }
        if !request.isOurs { incomingCount -= 1 }
        if request.isSubscription, let track = request.track {
            if byTrack[track]?.remove(id) == false { byTrack[track] = nil }
        }
        if let namespace = request.namespace {
            if byNamespace[namespace]?.remove(id) == false { byNamespace[namespace] = nil }
        }
        if request.isOurs, request.kind == .subscribeNamespace { ownPrefixes.removeAll { $0 == id } }
        if request.isPeerPrefix { peerPrefixes.remove(id) }
        return request
    }

    /// Changes an open request; nothing when there is none.
    mutating func change(_ id: RequestID, _ body: (inout Request) -> Void) {
        guard let entry = requests[id] else { return }
        body(&entry.request)
    }

    /// Lets go of a request's own copy of its track's name, for one that others hold too.
    mutating func shareName(_ name: FullTrackName, with id: RequestID) {
        guard let entry = requests[id], entry.request.isSubscription, entry.request.track == name,
            let place = byTrack.index(forKey: name)
        else { return }
        entry.request.track = name
        let ids = byTrack.remove(at: place).value
        byTrack[name] = ids
    }

    /// The oldest open request of the given side and kind for a namespace or a prefix.
    func find(_ kind: RequestKind, namespace: TrackNamespace, isOurs: Bool) -> Request? {
        guard let candidates = byNamespace[namespace] else { return nil }
        for id in candidates {
            if let request = self[id], request.kind == kind, request.isOurs == isOurs { return request }
        }
        return nil
    }

    /// The oldest open subscription for the track with the given roles.
    func subscription(to track: FullTrackName, receivesObjects: Bool, except id: RequestID) -> Request? {
        guard let others = byTrack[track] else { return nil }
        for other in others where other != id {
            if let request = self[other], request.receivesObjects == receivesObjects { return request }
        }
        return nil
    }

    /// Our namespace subscriptions whose prefix covers `namespace`, oldest first.
    func namespaceSubscriptions(covering namespace: TrackNamespace) -> [RequestID] {
        ownPrefixes.filter { self[$0]?.namespace.map(namespace.hasPrefix) ?? false }
    }

    /// Whether `prefix` contains, or lies below, that of another open SUBSCRIBE_NAMESPACE of ours.
    func overlapsOwnPrefix(_ prefix: TrackNamespace, _ request: Request) -> Bool {
        guard request.kind == .subscribeNamespace else { return false }
        return ownPrefixes.contains { id in
            guard id != request.id, let other = self[id]?.namespace else { return false }
            return other.hasPrefix(prefix) || prefix.hasPrefix(other)
        }
    }

    /// Whether another open namespace subscription of the peer's, of the same kind, has a prefix that
    /// contains this one's or lies below it.
    func overlapsAnotherPrefix(_ request: Request) -> Bool {
        guard let prefix = request.namespace else { return false }
        return peerPrefixes.contains { id in
            guard id != request.id, let other = self[id], other.kind == request.kind,
                let namespace = other.namespace
            else { return false }
            return namespace.hasPrefix(prefix) || prefix.hasPrefix(namespace)
        }
    }
}

extension Request {
    fileprivate var isPeerPrefix: Bool {
        !isOurs && (kind == .subscribeNamespace || kind == .subscribeTracks)
    }
}
