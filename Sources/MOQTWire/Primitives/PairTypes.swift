/// Turns the type fields of a block of key-value pairs into types; each block starts at 0.
struct PairTypes {
    let areDeltas: Bool
    private var previous: UInt64 = 0

    init(areDeltas: Bool) { self.areDeltas = areDeltas }

    mutating func decode(_ field: UInt64) throws(WireError) -> UInt64 {
        guard areDeltas else { return field }
        let (type, overflow) = previous.addingReportingOverflow(field)
        guard !overflow else { throw .protocolViolation("type beyond 64 bits") }
        previous = type
        return type
    }

    /// The field for `type`, which must not be below the one before.
    mutating func encode(_ type: UInt64) throws(WireError) -> UInt64 {
        guard areDeltas else { return type }
        guard type >= previous else { throw .notExpressible("types out of order") }
        defer { previous = type }
        return type - previous
    }
}
