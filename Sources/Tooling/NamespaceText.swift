import MOQTModel

/// Namespaces and track names as people type them: fields separated by `/`, any other byte as `%xx`.
public enum NamespaceText {
    /// Reads `a/b.c/d%2Fe`. The empty string is the namespace without fields (as a prefix: everything).
    ///
    /// Throws a sentence for an empty field, a broken escape, more than 32 fields or 4096 bytes
    /// (draft-18 section 2.4.1).
    public static func namespace(_ text: String) throws(UsageError) -> TrackNamespace {
        if text.isEmpty { return TrackNamespace([]) }
        var fields: [[UInt8]] = []
        for part in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if part.isEmpty {
                throw UsageError(
                    "namespace '\(shown(text))' has an empty field: no leading, trailing or double '/'")
            }
            fields.append(try decoded(part, in: text))
        }
        let namespace = TrackNamespace(fields)
        if fields.count > TrackNamespace.maximumFieldCount {
            throw UsageError(
                "namespace has \(fields.count) fields; \(TrackNamespace.maximumFieldCount) are allowed")
        }
        if namespace.byteCount > TrackNamespace.maximumByteCount {
            throw UsageError(
                "namespace has \(namespace.byteCount) bytes; \(TrackNamespace.maximumByteCount) are allowed")
        }
        return namespace
    }

    /// Reads a track name: every byte stands for itself except `%xx`.
    public static func trackName(_ text: String) throws(UsageError) -> [UInt8] {
        let name = try decoded(text.utf8[...], in: text)
        if name.count > TrackNamespace.maximumByteCount {
            throw UsageError(
                "track name has \(name.count) bytes; \(TrackNamespace.maximumByteCount) are allowed")
        }
        return name
    }

    /// The inverse of `namespace(_:)`.
    public static func text(_ namespace: TrackNamespace) -> String {
        namespace.fields.map { encoded($0) }.joined(separator: "/")
    }

    /// `a/b` and `t` as `a/b t`: for messages.
    public static func text(_ track: FullTrackName) -> String {
        "\(text(track.namespace)) \(encoded(track.name))"
    }

    /// Letters, digits and `-._~` stand for themselves, every other byte becomes `%xx`.
    public static func encoded(_ bytes: [UInt8]) -> String {
        var result = ""
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result += "%" + Printable.hex([byte])
            }
        }
        return result
    }

    private static func decoded(
        _ text: Substring.UTF8View, in whole: String
    ) throws(UsageError) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Hexadecimal.digit),
                let low = rest.popFirst().flatMap(Hexadecimal.digit)
            else {
                throw UsageError(
                    "'\(shown(whole))' has a '%' without two hex digits (write %25 for a percent sign)")
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func shown(_ text: String) -> String { Printable.escaped(text, limit: 100) }
}
