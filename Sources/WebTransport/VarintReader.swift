import Containers

/// Reads variable-length integers (RFC 9000 section 16) that may arrive in pieces.
struct VarintReader {
    private var value: UInt64 = 0
    private var missingByteCount = 0

    /// Whether the next byte begins an integer.
    private(set) var isAtStart = true

    /// Takes the next integer from the front of `bytes`; nil, with all bytes taken, while it is incomplete.
    mutating func read(_ bytes: inout Payload) -> UInt64? {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if isAtStart {
                isAtStart = false
                missingByteCount = (1 << Int(byte >> 6)) - 1
                value = UInt64(byte & 0x3f)
            } else {
                missingByteCount -= 1
                value = value << 8 | UInt64(byte)
            }
            if missingByteCount == 0 {
                isAtStart = true
                bytes = bytes.slice(from: index)
                return value
            }
        }
        bytes = Payload()
        return nil
    }
}
