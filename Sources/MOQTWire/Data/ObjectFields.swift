import MOQTModel

extension WireReader {
    /// An object id as the difference from the one before; the first stands for itself.
    mutating func objectID(after previous: UInt64?) throws(WireError) -> UInt64 {
        let delta = try varint()
        guard let previous else { return delta }
        let (sum, overflow) = previous.addingReportingOverflow(delta)
        let (id, overflowToo) = sum.addingReportingOverflow(1)
        guard !overflow, !overflowToo else { throw .protocolViolation("object id beyond 64 bits") }
        return id
    }

    /// A property block: where its bytes lie in what is read. They are not looked into.
    mutating func propertyBlock() throws(WireError) -> Range<Int> {
        let bytes = try lengthPrefixed(limit: WireLimit.propertyBlock, "property block over 65536 bytes")
        return position - bytes.count..<position
    }

    /// The status behind an empty payload. Which statuses may have properties depends on the draft; `tolerated` may.
    mutating func objectStatus(
        _ rules: DraftRules, hasProperties: Bool, tolerated: ObjectStatus? = nil
    ) throws(WireError) -> ObjectStatus {
        guard let status = UInt8(exactly: try varint()).flatMap(ObjectStatus.init(rawValue:)),
            status != .doesNotExist || rules.hasDoesNotExistStatus
        else { throw .protocolViolation("unknown object status") }
        guard !hasProperties || status == tolerated || rules.mayHaveProperties(status) else {
            throw .protocolViolation("properties on an object that is not normal")
        }
        return status
    }
}
