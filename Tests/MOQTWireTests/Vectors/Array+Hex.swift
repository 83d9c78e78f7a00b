import MOQTText

extension [UInt8] {
    var hex: String { HexText.text(self) }

    /// Stops the test at anything that is no hexadecimal text.
    init(hex: String) {
        guard let bytes = HexText.bytes(hex) else { preconditionFailure("not hex: \(hex)") }
        self = bytes
    }
}
