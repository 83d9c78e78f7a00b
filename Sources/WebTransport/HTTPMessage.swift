/// A header section that has passed the checks of RFC 9114 section 4.3, pseudo-header fields apart.
struct HTTPMessage {
    /// By name without the colon's special meaning: `:path` and the like.
    private(set) var pseudo: [String: String] = [:]
    private(set) var fields: [HTTPField] = []

    private static let requestNames: Set<String> = [":method", ":scheme", ":authority", ":path", ":protocol"]
    private static let responseNames: Set<String> = [":status"]
    private static let connectionNames: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ]

    /// Throws with stream scope (H3_MESSAGE_ERROR) what makes a message malformed.
    init(_ lines: [HTTPField], isRequest: Bool) throws(HTTP3Failure) {
        let allowed = isRequest ? Self.requestNames : Self.responseNames
        for line in lines {
            if line.name.utf8.first == UInt8(ascii: ":") {
                guard fields.isEmpty else {
                    throw .stream(.messageError, "a pseudo-header field after a regular one")
                }
                guard allowed.contains(line.name), pseudo.updateValue(line.value, forKey: line.name) == nil
                else {
                    throw .stream(.messageError, "a pseudo-header field that is unknown or repeated")
                }
                continue
            }
            guard !line.name.isEmpty, !line.name.utf8.contains(where: { $0 >= 0x41 && $0 <= 0x5a }),
                !Self.connectionNames.contains(line.name)
            else { throw .stream(.messageError, "a field name that HTTP/3 does not allow") }
            guard !line.value.utf8.contains(where: { $0 == 0 || $0 == 0x0a || $0 == 0x0d }) else {
                throw .stream(.messageError, "a field value that HTTP does not allow")
            }
            fields.append(line)
        }
        guard pseudo[isRequest ? ":method" : ":status"] != nil else {
            throw .stream(.messageError, "a pseudo-header field is missing")
        }
    }

    /// The field's value, several lines joined by commas; nil when it is absent.
    func value(_ name: String) -> String? {
        let values = fields.filter { $0.name == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}
