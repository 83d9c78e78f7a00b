/// One prefix in a `NamespaceTree`.
struct NamespaceNode<Entry: Hashable & Sendable>: Sendable {
    /// The last field of the prefix: its key in the parent.
    let field: [UInt8]
    let parent: Int
    var children: [[UInt8]: Int] = [:]
    var entries = NamespaceEntries<Entry>()

    init(field: [UInt8], parent: Int) {
        self.field = field
        self.parent = parent
    }
}
