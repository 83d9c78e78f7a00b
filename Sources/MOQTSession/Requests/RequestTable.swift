import MOQTModel

/// The open requests of a session, both directions.
struct RequestTable {
    private var requests: [RequestID: Request] = [:]
    /// Open requests of the peer, updates included.
    private(set) var incomingCount = 0

    subscript(id: RequestID) -> Request? { requests[id] }

    var all: some Sequence<Request> { requests.values }
    var count: Int { requests.count }

    mutating func add(_ request: Request) {
        if !request.isOurs, requests[request.id] == nil { incomingCount += 1 }
        requests[request.id] = request
    }

    mutating func remove(_ id: RequestID) -> Request? {
        guard let request = requests.removeValue(forKey: id) else { return nil }
        if !request.isOurs { incomingCount -= 1 }
        return request
    }

    /// Changes an open request; nothing when there is none.
    mutating func change(_ id: RequestID, _ body: (inout Request) -> Void) {
        guard let index = requests.index(forKey: id) else { return }
        body(&requests.values[index])
    }

    /// The oldest open request of the given side and kind for a namespace or a prefix.
    func find(_ kind: RequestKind, namespace: TrackNamespace, isOurs: Bool) -> Request? {
        requests.values.filter { $0.kind == kind && $0.isOurs == isOurs && $0.namespace == namespace }
            .min { $0.id < $1.id }
    }

    /// The oldest open subscription for the track with the given roles.
    func subscription(to track: FullTrackName, receivesObjects: Bool, except id: RequestID) -> Request? {
        var oldest: Request?
        for request in requests.values
        where (request.kind == .subscribe || request.kind == .publish)
            && request.receivesObjects == receivesObjects && request.id != id && request.track == track
        {
            if let found = oldest, found.id < request.id { continue }
            oldest = request
        }
        return oldest
    }

    /// Our namespace subscriptions whose prefix covers `namespace`, oldest first.
    func namespaceSubscriptions(covering namespace: TrackNamespace) -> [RequestID] {
        requests.values.filter {
            guard $0.isOurs, $0.kind == .subscribeNamespace, let prefix = $0.namespace else { return false }
            return namespace.hasPrefix(prefix)
        }.map(\.id).sorted()
    }
}
