/// The streams of one connection by their number.
///
/// Open addressing over a table at most half full: a lookup is a multiplication and usually one comparison,
/// against 8 to 10 ns for a `Dictionary`. Stream numbers are bounded by the credit that was granted, so a peer
/// cannot choose keys freely enough to build long probe runs.
public struct StreamTable<Value> {
    @usableFromInline var keys: [UInt64]
    @usableFromInline var values: [Value?]
    public private(set) var count = 0

    /// No QUIC stream has this number: they have 62 bits.
    @usableFromInline static var vacant: UInt64 { .max }

    public init(minimumCapacity: Int = 8) {
        var size = 16
        while size < minimumCapacity * 2 { size *= 2 }
        keys = Array(repeating: Self.vacant, count: size)
        values = Array(repeating: nil, count: size)
    }

    @inlinable public subscript(stream: StreamID) -> Value? {
        var index = home(stream.value)
        while keys[index] != Self.vacant {
            if keys[index] == stream.value { return values[index] }
            index = (index + 1) & (keys.count - 1)
        }
        return nil
    }

    /// Adds or replaces.
    public mutating func insert(_ value: Value, for stream: StreamID) {
        precondition(stream.value != Self.vacant)
        if (count + 1) * 2 > keys.count { grow() }
        place(value, stream.value)
    }

    @discardableResult public mutating func remove(_ stream: StreamID) -> Value? {
        var index = home(stream.value)
        while keys[index] != stream.value {
            if keys[index] == Self.vacant { return nil }
            index = (index + 1) & (keys.count - 1)
        }
        let removed = values[index]
        count -= 1
        closeGap(at: index)
        return removed
    }

    /// Visits every stream once, in no particular order. The table must not change meanwhile.
    public func forEach(_ body: (StreamID, Value) -> Void) {
        for index in keys.indices {
            if let value = values[index] { body(StreamID(keys[index]), value) }
        }
    }

    // MARK: helpers

    @inlinable func home(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 20) & (keys.count - 1)
    }

    private mutating func place(_ value: Value, _ key: UInt64) {
        var index = home(key)
        while keys[index] != Self.vacant && keys[index] != key { index = (index + 1) & (keys.count - 1) }
        if keys[index] == Self.vacant { count += 1 }
        keys[index] = key
        values[index] = value
    }

    /// Moves later entries of the probe run back, so that no tombstones are needed.
    private mutating func closeGap(at start: Int) {
        let mask = keys.count - 1
        var gap = start
        var index = (gap + 1) & mask
        while keys[index] != Self.vacant {
            let wanted = home(keys[index])
            if (index &- wanted) & mask >= (index &- gap) & mask {
                keys[gap] = keys[index]
                values[gap] = values[index]
                gap = index
            }
            index = (index + 1) & mask
        }
        keys[gap] = Self.vacant
        values[gap] = nil
    }

    private mutating func grow() {
        let oldKeys = keys
        let oldValues = values
        keys = Array(repeating: Self.vacant, count: oldKeys.count * 2)
        values = Array(repeating: nil, count: oldKeys.count * 2)
        count = 0
        for index in oldKeys.indices {
            if let value = oldValues[index] { place(value, oldKeys[index]) }
        }
    }
}
