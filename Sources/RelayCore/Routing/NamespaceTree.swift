import MOQTModel

/// Entries filed under namespaces, found by tuple prefix in both directions: every entry at or above a namespace
/// (who publishes it, who asked for it), and every entry at or below a prefix.
///
/// A node stands for one prefix; a lookup visits one node per field, whatever the size of the tree. Nodes live in
/// an array and are reused, so removal frees no more than the removed path.
public struct NamespaceTree<Entry: Hashable & Sendable>: Sendable {
    /// How many entries, and how many bytes of namespace summed over the entries, the tree takes.
    public let maximumEntryCount: Int
    public let maximumByteCount: Int
    public private(set) var count = 0
    public private(set) var byteCount = 0

    /// `nodes[0]` is the root, the namespace without fields. A node other than the root has an entry or a child.
    private var nodes: [NamespaceNode<Entry>] = [NamespaceNode(field: [], parent: 0)]
    private var freeNodes: [Int] = []

    public init(maximumEntryCount: Int = .max, maximumByteCount: Int = .max) {
        self.maximumEntryCount = maximumEntryCount
        self.maximumByteCount = maximumByteCount
    }

    /// Nodes in use, the root included.
    public var nodeCount: Int { nodes.count - freeNodes.count }

    /// Whether `insert` would take one more entry at `namespace`.
    public func hasRoom(for namespace: TrackNamespace) -> Bool {
        count < maximumEntryCount && namespace.fields.count <= TrackNamespace.maximumFieldCount
            && namespace.byteCount <= maximumByteCount - byteCount
    }

    /// Files `entry` under `namespace`; false when a limit forbids it or it is there already.
    public mutating func insert(_ entry: Entry, at namespace: TrackNamespace) -> Bool {
        guard hasRoom(for: namespace), !entries(at: namespace).contains(entry) else { return false }
        var index = 0
        for field in namespace.fields { index = child(of: index, field: field) }
        nodes[index].entries.insert(entry)
        count += 1
        byteCount += namespace.byteCount
        return true
    }

    /// Takes `entry` away from `namespace`, and every node that stood for nothing else; false when it is not there.
    public mutating func remove(_ entry: Entry, at namespace: TrackNamespace) -> Bool {
        guard var index = node(at: namespace), nodes[index].entries.remove(entry) else { return false }
        count -= 1
        byteCount -= namespace.byteCount
        while index != 0, nodes[index].entries.isEmpty, nodes[index].children.isEmpty {
            let parent = nodes[index].parent
            nodes[parent].children[nodes[index].field] = nil
            nodes[index] = NamespaceNode(field: [], parent: 0)
            freeNodes.append(index)
            index = parent
        }
        if nodeCount == 1 {
            nodes.removeLast(nodes.count - 1)
            freeNodes = []
        }
        return true
    }

    /// The entries at exactly `namespace`.
    public func entries(at namespace: TrackNamespace) -> NamespaceEntries<Entry> {
        node(at: namespace).map { nodes[$0].entries } ?? NamespaceEntries()
    }

    /// Calls `body` with the field count and the entries of every prefix of `namespace` that has entries,
    /// shortest first, `namespace` itself included. Returns how many nodes it looked at: at most one more than
    /// `namespace` has fields.
    @discardableResult
    public func forEachPrefix(of namespace: TrackNamespace, _ body: (Int, NamespaceEntries<Entry>) -> Void)
        -> Int
    {
        var index = 0
        var depth = 0
        while true {
            if !nodes[index].entries.isEmpty { body(depth, nodes[index].entries) }
            guard depth < namespace.fields.count,
                let next = nodes[index].children[namespace.fields[depth]]
            else { return depth + 1 }
            index = next
            depth += 1
        }
    }

    /// Calls `body` for every namespace that begins with `prefix` and has entries, in field order. Returns how
    /// many nodes it looked at: the path to `prefix` and what lies below.
    @discardableResult
    public func forEachBelow(
        _ prefix: TrackNamespace, _ body: (TrackNamespace, NamespaceEntries<Entry>) -> Void
    ) -> Int {
        guard let top = node(at: prefix) else { return prefix.fields.count + 1 }
        var visited = prefix.fields.count
        var pending = [(index: top, namespace: prefix)]
        while let (index, namespace) = pending.popLast() {
            visited += 1
            if !nodes[index].entries.isEmpty { body(namespace, nodes[index].entries) }
            let children = nodes[index].children.sorted { $1.key.lexicographicallyPrecedes($0.key) }
            for (field, child) in children {
                pending.append((child, TrackNamespace(namespace.fields + [field])))
            }
        }
        return visited
    }

    private func node(at namespace: TrackNamespace) -> Int? {
        var index = 0
        for field in namespace.fields {
            guard let next = nodes[index].children[field] else { return nil }
            index = next
        }
        return index
    }

    private mutating func child(of parent: Int, field: [UInt8]) -> Int {
        if let existing = nodes[parent].children[field] { return existing }
        let node = NamespaceNode<Entry>(field: field, parent: parent)
        let index: Int
        if let free = freeNodes.popLast() {
            index = free
            nodes[index] = node
        } else {
            index = nodes.count
            nodes.append(node)
        }
        nodes[parent].children[field] = index
        return index
    }
}
