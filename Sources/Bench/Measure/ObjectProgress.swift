import Glibc

/// One object on its way in, piece by piece: its stamp is gathered, the rest compared and forgotten.
struct ObjectProgress {
    private var head: (UInt64, UInt64, UInt64) = (0, 0, 0)
    private(set) var byteCount = 0
    private(set) var stamp: ObjectStamp?
    private var phase = 0
    private(set) var isDamaged = false

    /// Takes the object's next bytes.
    mutating func feed(_ bytes: UnsafeRawBufferPointer, pattern: ObjectPattern) {
        guard var next = bytes.baseAddress else { return }
        var count = bytes.count
        if byteCount < ObjectStamp.byteCount {
            let part = min(count, ObjectStamp.byteCount - byteCount)
            withUnsafeMutableBytes(of: &head) {
                $0.baseAddress.map { _ = memcpy($0 + byteCount, next, part) }
            }
            byteCount += part
            next += part
            count -= part
            guard byteCount == ObjectStamp.byteCount else { return }
            stamp = withUnsafeBytes(of: &head) { $0.baseAddress.flatMap { ObjectStamp($0) } }
            phase = stamp?.patternStart ?? 0
            if stamp == nil { isDamaged = true }
        }
        byteCount += count
        if count > 0, !pattern.matches(next, count: count, phase: &phase) { isDamaged = true }
    }

    /// Bytes that the stamp says are still to come; nil while the stamp is not complete.
    var missingByteCount: Int? { stamp.map { Int($0.objectByteCount) - byteCount } }
    var isWhole: Bool { !isDamaged && missingByteCount == 0 }
}
