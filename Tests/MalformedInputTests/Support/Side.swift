import MOQTModel
import MOQTWire

/// One end of a session under test: which draft it speaks, and whether it is the client or the server. It
/// also writes that draft's primitives by hand, so that no case depends on the encoder of the product.
struct Side: Hashable, Sendable {
    /// The draft's number: here drafts are the subject, so tests may look at it.
    let number: Int
    /// The session's role; the hostile peer has the other.
    let role: Setup.Role

    var draft: Draft { Draft(number: number) ?? .oldest }
    var peer: Setup.Role { role == .server ? .client : .server }
    /// Requests have streams of their own.
    var isStreaming: Bool { number >= 17 }

    static let numbers = [14, 16, 18, 20, 15, 17, 19, 21]
    static func of(_ number: Int) -> [Side] {
        [Side(number: number, role: .server), Side(number: number, role: .client)]
    }

    // MARK: Request ids

    /// The peer's n-th request, and ours.
    func peerID(_ n: UInt64) -> UInt64 { 2 * n + (role == .server ? 0 : 1) }
    func ownID(_ n: UInt64) -> UInt64 { 2 * n + (role == .server ? 1 : 0) }

    // MARK: Primitives

    /// An integer in its shortest form: RFC 9000 section 16, or draft-18 section 1.4.1 from draft 17 on.
    func v(_ value: UInt64) -> [UInt8] {
        func tail(_ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
        }
        if number <= 16 {
            for (mark, count, bits) in [(0x00, 1, 6), (0x40, 2, 14), (0x80, 4, 30), (0xC0, 8, 62)]
            where value >> UInt64(bits) == 0 {
                var bytes = tail(count)
                bytes[0] |= UInt8(mark)
                return bytes
            }
            preconditionFailure("not a number of draft \(number)")
        }
        for (mark, count) in [(0x00, 1), (0x80, 2), (0xC0, 3), (0xE0, 4), (0xF0, 5), (0xF8, 6)]
        where value >> UInt64(7 * count) == 0 {
            var bytes = tail(count)
            bytes[0] |= UInt8(mark)
            return bytes
        }
        return value >> 56 == 0 ? [0xFE] + tail(7) : [0xFF] + tail(8)
    }

    /// The largest integer that the draft can write.
    var maximum: UInt64 { number <= 16 ? 1 << 62 - 1 : .max }

    /// A length and bytes.
    func b(_ bytes: [UInt8]) -> [UInt8] { v(UInt64(bytes.count)) + bytes }
    func b(_ text: String) -> [UInt8] { b(Array(text.utf8)) }
    func ns(_ fields: [[UInt8]]) -> [UInt8] { v(UInt64(fields.count)) + fields.flatMap(b) }
    func ns(_ fields: String...) -> [UInt8] { ns(fields.map { Array($0.utf8) }) }
    func location(_ group: UInt64, _ object: UInt64) -> [UInt8] { v(group) + v(object) }

    /// A parameter block: types are absolute up to draft 15 and differences afterwards; each value is given
    /// as it stands on the wire.
    func parameters(_ list: (type: UInt64, value: [UInt8])...) -> [UInt8] {
        v(UInt64(list.count)) + pairs(list)
    }

    func pairs(_ list: [(type: UInt64, value: [UInt8])]) -> [UInt8] {
        var previous: UInt64 = 0
        var bytes: [UInt8] = []
        for (type, value) in list {
            bytes += v(number <= 15 ? type : type - previous) + value
            previous = type
        }
        return bytes
    }

    /// A number that is one byte in typed parameters and an integer before.
    func small(_ value: UInt8) -> [UInt8] { isStreaming ? [value] : v(UInt64(value)) }

    // MARK: Reading what a session wrote

    /// The integer at the front of `bytes`, which loses it; nil when it is not all there.
    func take(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        guard let first = bytes.first else { return nil }
        let count = number <= 16 ? 1 << Int(first >> 6) : (~first).leadingZeroBitCount + 1
        guard bytes.count >= count else { return nil }
        let mask: UInt8 = number <= 16 ? 0x3F : count >= 8 ? 0 : 0xFF >> UInt8(count)
        var value = UInt64(first & mask)
        for byte in bytes.dropFirst().prefix(count - 1) { value = value << 8 | UInt64(byte) }
        bytes = bytes.dropFirst(count)
        return value
    }
}
