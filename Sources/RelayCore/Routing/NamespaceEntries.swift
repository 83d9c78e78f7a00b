/// The entries filed under one namespace: one as a rule, which then costs no memory of its own.
public struct NamespaceEntries<Entry: Hashable & Sendable>: Sendable, Sequence {
    private var first: Entry?
    /// Empty unless there is more than one; then without `first`.
    private var others: Set<Entry> = []

    init() {}

    public var isEmpty: Bool { first == nil }

    public func contains(_ entry: Entry) -> Bool { first == entry || others.contains(entry) }

    mutating func insert(_ entry: Entry) {
        if first == nil {
            first = entry
        } else if first != entry {
            others.insert(entry)
        }
    }

    /// False when it is not there.
    mutating func remove(_ entry: Entry) -> Bool {
        if first == entry {
            first = others.popFirst()
            return true
        }
        return others.remove(entry) != nil
    }

    public func makeIterator() -> Iterator { Iterator(first: first, others: others.makeIterator()) }

    public struct Iterator: IteratorProtocol {
        fileprivate var first: Entry?
        fileprivate var others: Set<Entry>.Iterator

        public mutating func next() -> Entry? {
            guard let entry = first else { return others.next() }
            first = nil
            return entry
        }
    }
}
