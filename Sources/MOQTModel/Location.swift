/// Where an object stands in its track: group, then object (draft-18 section 1.4.1).
public struct Location: Comparable, Hashable, Sendable, BitwiseCopyable {
    public var group: UInt64
    public var object: UInt64

    @inlinable public init(group: UInt64, object: UInt64) {
        self.group = group
        self.object = object
    }

    public static let zero = Location(group: 0, object: 0)

    @inlinable public static func < (a: Location, b: Location) -> Bool {
        a.group != b.group ? a.group < b.group : a.object < b.object
    }
}
