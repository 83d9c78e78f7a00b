extension Payload {
    /// Whether `count` bytes from `start` on are those of `other` from `otherStart` on; false where there are fewer.
    public func matches(from start: Int, _ other: Payload, from otherStart: Int, count: Int) -> Bool {
        guard start >= 0, otherStart >= 0, count >= 0, start <= self.count - count,
            otherStart <= other.count - count
        else { return false }
        return withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in
                var index = 0
                while index <= count - 8 {
                    let a = mine.loadUnaligned(fromByteOffset: start + index, as: UInt64.self)
                    let b = theirs.loadUnaligned(fromByteOffset: otherStart + index, as: UInt64.self)
                    if a != b { return false }
                    index += 8
                }
                while index < count {
                    if mine[start + index] != theirs[otherStart + index] { return false }
                    index += 1
                }
                return true
            }
        }
    }
}
