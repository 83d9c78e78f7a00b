public import MOQTModel

extension DraftRules {
    /// Whether an object with this status may have properties (draft-14 section 10.2.1.2, draft-19 section 11.2.1.2).
    public func mayHaveProperties(_ status: ObjectStatus) -> Bool {
        status == .normal || (statusObjectsMayHaveProperties && status != .doesNotExist)
    }
}
