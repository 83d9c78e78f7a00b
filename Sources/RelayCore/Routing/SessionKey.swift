/// Names a session within the relay process: the shard whose loop owns it, and a number that the process never
/// uses twice (so a late message for a dead session finds nobody, whatever took its place).
public struct SessionKey: Hashable, Sendable, BitwiseCopyable {
    public var shard: UInt16
    public var serial: UInt64

    @inlinable public init(shard: UInt16, serial: UInt64) {
        self.shard = shard
        self.serial = serial
    }
}

extension SessionKey: CustomStringConvertible {
    public var description: String { "\(shard)/\(serial)" }
}
