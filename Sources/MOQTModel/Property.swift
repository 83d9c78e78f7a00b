/// One key-value pair: an object property, a track property, or an unknown parameter. The drafts tie the
/// value's kind to the type's parity: even types carry an integer, odd ones bytes.
public struct Property: Hashable, Sendable {
    public enum Value: Hashable, Sendable {
        case integer(UInt64)
        case bytes([UInt8])
    }
    public var type: UInt64
    public var value: Value

    public init(type: UInt64, value: Value) {
        self.type = type
        self.value = value
    }
}
