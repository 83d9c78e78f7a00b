/// Names a track: its namespace and its name (draft-18 section 2.4.1).
public struct FullTrackName: Hashable, Sendable {
    public var namespace: TrackNamespace
    public var name: [UInt8]

    public init(namespace: TrackNamespace, name: [UInt8]) {
        self.namespace = namespace
        self.name = name
    }
}

extension FullTrackName: CustomStringConvertible {
    /// The drafts' log form (draft-18 section 2.4.1): fields joined by `-`, `--` before the name, other bytes than letters,
    /// digits and `_` as `.xx`. Safe for any terminal or log.
    public var description: String { namespace.description + "--" + TrackNamespace.escaped(name) }
}

extension TrackNamespace: CustomStringConvertible {
    public var description: String { fields.map(Self.escaped).joined(separator: "-") }

    static func escaped(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        var text = ""
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F:
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                text.append(".")
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
        }
        return text
    }
}
