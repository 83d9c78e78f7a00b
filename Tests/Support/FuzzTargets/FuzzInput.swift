import MOQTWire

/// The fuzzer's bytes, taken from the front; beyond the end everything is 0.
struct FuzzInput {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    var isEmpty: Bool { bytes.isEmpty }
    mutating func u8() -> UInt8 { bytes.popFirst() ?? 0 }
    mutating func take(_ count: Int) -> [UInt8] {
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }
    mutating func rest() -> [UInt8] { take(bytes.count) }
    /// A length of at most 255 and that many bytes.
    mutating func chunk() -> [UInt8] { take(Int(u8())) }
    mutating func draft() -> Draft { Draft.all[Int(u8()) % Draft.all.count] }
}
