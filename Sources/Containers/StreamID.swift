/// The number of a QUIC stream (RFC 9000 section 2.1).
public struct StreamID: Hashable, Comparable, Sendable, BitwiseCopyable {
    public var value: UInt64

    @inlinable public init(_ value: UInt64) { self.value = value }

    @inlinable public var isUnidirectional: Bool { value & 2 != 0 }
    @inlinable public var isServerInitiated: Bool { value & 1 != 0 }
    @inlinable public static func < (a: StreamID, b: StreamID) -> Bool { a.value < b.value }
}

/// Which sides of a new stream carry data.
public enum StreamDirection: Sendable {
    case unidirectional
    case bidirectional
}
