/// Compares a connection by identity, so that it can be a member of a set.
struct ObjectBox: Hashable {
    let object: QUICConnection
    static func == (a: ObjectBox, b: ObjectBox) -> Bool { a.object === b.object }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(object)) }
}
