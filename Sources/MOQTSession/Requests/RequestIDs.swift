import MOQTModel

/// Requests in order of arrival: one as a rule, which then costs no memory of its own.
struct RequestIDs: Sequence {
    private var first: RequestID
    private var later: [RequestID] = []

    init(_ first: RequestID) { self.first = first }

    mutating func append(_ id: RequestID) { later.append(id) }

    /// False when `id` was the only one: then the whole is to be forgotten.
    mutating func remove(_ id: RequestID) -> Bool {
        if id != first {
            later.removeAll { $0 == id }
        } else if later.isEmpty {
            return false
        } else {
            first = later.removeFirst()
        }
        return true
    }

    func makeIterator() -> IndexingIterator<[RequestID]> { ([first] + later).makeIterator() }
}
