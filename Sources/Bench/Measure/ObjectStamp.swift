/// What every object begins with: its number in its track, the moment at which it was due, its size, and a
/// checksum over the three. 24 bytes, little-endian; behind them a pattern that depends on the number.
public struct ObjectStamp: Equatable, Sendable {
    /// Counts the objects of one track from 0.
    public var sequence: UInt64
    /// CLOCK_MONOTONIC, nanoseconds: when the object should have left, whether or not it could.
    public var due: UInt64
    /// Bytes of the whole object.
    public var objectByteCount: UInt32

    public static let byteCount = 24

    public init(sequence: UInt64, due: UInt64, objectByteCount: UInt32) {
        self.sequence = sequence
        self.due = due
        self.objectByteCount = objectByteCount
    }

    /// Reads 24 bytes; nil when the checksum is not theirs.
    public init?(_ bytes: UnsafeRawPointer) {
        sequence = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        due = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        objectByteCount = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
        let sum = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 20, as: UInt32.self))
        if sum != checksum || objectByteCount < Self.byteCount { return nil }
    }

    public func write(to bytes: UnsafeMutableRawPointer) {
        bytes.storeBytes(of: sequence.littleEndian, as: UInt64.self)
        bytes.storeBytes(of: due.littleEndian, toByteOffset: 8, as: UInt64.self)
        bytes.storeBytes(of: objectByteCount.littleEndian, toByteOffset: 16, as: UInt32.self)
        bytes.storeBytes(of: checksum.littleEndian, toByteOffset: 20, as: UInt32.self)
    }

    /// Byte `index` of the object is `(sequence + index) mod 251`, from byte 24 on.
    public var patternStart: Int { Int((sequence &+ UInt64(Self.byteCount)) % 251) }
    public static let patternPeriod = 251

    private var checksum: UInt32 {
        var mixed = sequence &* 0x9E37_79B9_7F4A_7C15 ^ due ^ (UInt64(objectByteCount) << 32)
        mixed = (mixed ^ (mixed >> 29)) &* 0xBF58_476D_1CE4_E5B9
        return UInt32(truncatingIfNeeded: mixed ^ (mixed >> 32))
    }
}
