import MOQTModel

/// Values that mean nothing and keep peers tolerant (draft-18 section 14): 0x7f * N + 0x9D.
public enum Grease {
    public static func value(_ n: UInt64) -> UInt64 { (n & 0xFFFF) * 0x7F + 0x9D }

    public static func contains(_ value: UInt64) -> Bool { value >= 0x9D && (value - 0x9D) % 0x7F == 0 }

    /// A setup option to send, another one for each `seed`; nil where the draft does not reserve any.
    public static func setupOption(seed: UInt64, _ rules: DraftRules) -> Property? {
        guard rules.hasGrease else { return nil }
        let type = value(seed & 0xFF)
        let bytes = (0..<(seed >> 8 & 7)).map { UInt8(truncatingIfNeeded: seed >> ($0 * 8)) }
        return Property(type: type, value: type & 1 == 0 ? .integer(seed & 0xFFFF_FFFF) : .bytes(bytes))
    }
}
