/// Writes variable-length integers (RFC 9000 section 16) in their shortest form.
enum VarintWriter {
    /// 2^62 - 1.
    static let maximum: UInt64 = 0x3fff_ffff_ffff_ffff

    /// Appends `value`, which is ours to choose and at most `maximum`.
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        let byteCount: Int
        let mark: UInt8
        switch value {
        case 0..<0x40: (byteCount, mark) = (1, 0x00)
        case 0..<0x4000: (byteCount, mark) = (2, 0x40)
        case 0..<0x4000_0000: (byteCount, mark) = (4, 0x80)
        default: (byteCount, mark) = (8, 0xc0)
        }
        precondition(value <= maximum)
        for shift in stride(from: 8 * (byteCount - 1), through: 0, by: -8) {
            let byte = UInt8(truncatingIfNeeded: value >> UInt64(shift))
            bytes.append(shift == 8 * (byteCount - 1) ? byte | mark : byte)
        }
    }

    /// A frame or a capsule: type, length, content.
    static func appendTyped(_ type: UInt64, _ content: [UInt8], to bytes: inout [UInt8]) {
        append(type, to: &bytes)
        append(UInt64(content.count), to: &bytes)
        bytes.append(contentsOf: content)
    }
}
