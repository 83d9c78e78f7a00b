import Glibc

/// The bytes behind an object's stamp: written once, compared with `memcmp` afterwards.
final class ObjectPattern {
    private let bytes: UnsafeMutableRawPointer
    private static let chunk = 65_536

    init() {
        bytes = .allocate(byteCount: Self.chunk + ObjectStamp.patternPeriod, alignment: 64)
        for index in 0..<(Self.chunk + ObjectStamp.patternPeriod) {
            bytes.storeBytes(
                of: UInt8(index % ObjectStamp.patternPeriod), toByteOffset: index, as: UInt8.self)
        }
    }

    deinit { bytes.deallocate() }

    /// Whether `count` bytes are the pattern from `phase` on; moves `phase` behind them.
    func matches(_ other: UnsafeRawPointer, count: Int, phase: inout Int) -> Bool {
        var offset = 0
        var same = true
        while offset < count {
            let part = min(count - offset, Self.chunk)
            if memcmp(other + offset, bytes + phase, part) != 0 { same = false }
            phase = (phase + part) % ObjectStamp.patternPeriod
            offset += part
        }
        return same
    }

    func fill(_ other: UnsafeMutableRawPointer, count: Int, phase: Int) {
        var offset = 0
        var phase = phase
        while offset < count {
            let part = min(count - offset, Self.chunk)
            memcpy(other + offset, bytes + phase, part)
            phase = (phase + part) % ObjectStamp.patternPeriod
            offset += part
        }
    }
}
