import Containers

/// Reads the integer at the start of a unidirectional stream, however its bytes are split.
public struct StreamTypeReader: Sendable {
    private let varint: VarintKind
    private var bytes: UInt64 = 0
    private var first: UInt8 = 0
    private var have = 0

    public init(_ rules: DraftRules) { varint = rules.varint }

    /// Takes the type's bytes from the front of `payload`; nil while the type is unfinished, and then all of
    /// `payload` has been taken.
    public mutating func take(_ payload: inout Payload) throws(WireError) -> UInt64? {
        while !payload.isEmpty {
            let byte = payload[0]
            payload = payload.slice(from: 1)
            if have == 0 { first = byte } else { bytes = bytes << 8 | UInt64(byte) }
            have += 1
            guard let count = varint.byteCount(first: first) else {
                throw .protocolViolation("integer of seven bytes")
            }
            if have == count { return value(count) }
        }
        return nil
    }

    private func value(_ count: Int) -> UInt64 {
        switch varint {
        case .rfc9000: UInt64(first & 0x3F) << UInt64((count - 1) * 8) | bytes
        case .vi64, .vi64WithoutSevenBytes:
            count >= 8 ? bytes : (UInt64(first) & (0xFF >> UInt64(count))) << UInt64((count - 1) * 8) | bytes
        }
    }
}
