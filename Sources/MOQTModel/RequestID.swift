/// Numbers a request within a session: even from the client, odd from the server (draft-18 section 10.1).
public struct RequestID: Hashable, Comparable, Sendable, BitwiseCopyable {
    public var value: UInt64
    @inlinable public init(_ value: UInt64) { self.value = value }
    @inlinable public static func < (a: RequestID, b: RequestID) -> Bool { a.value < b.value }
}
