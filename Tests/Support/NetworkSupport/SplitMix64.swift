/// A small deterministic random generator: the same seed gives the same losses, delays and duplicates.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True in `percent` of 100 cases; 0 never and 100 always, without drawing a number.
    public mutating func chance(percent: Double) -> Bool {
        if percent <= 0 { return false }
        if percent >= 100 { return true }
        return Double(next() >> 11) * (100 / 0x1p53) < percent
    }
}
