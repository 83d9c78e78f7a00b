/// Names a session within the relay process: the shard whose loop owns it, and a number that the process never
/// uses twice (so a late message for a dead session finds nobody, whatever took its place).
public struct SessionKey: Hashable, Sendable, BitwiseCopyable {
    /// The shard above, the number below: keys of subscribers are many.
    private let packed: UInt64

    /// `serial` has 48 bits: a million sessions a second use it up in nine years.
    public init(shard: UInt16, serial: UInt64) {
        packed = UInt64(shard) << 48 | serial & 0xffff_ffff_ffff
    }

    public var shard: UInt16 { UInt16(packed >> 48) }
    public var serial: UInt64 { packed & 0xffff_ffff_ffff }
}

extension SessionKey: CustomStringConvertible {
    public var description: String { "\(shard)/\(serial)" }
}
