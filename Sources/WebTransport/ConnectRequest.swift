/// The extended CONNECT that opens a WebTransport session (draft-ietf-webtrans-http3 section 3.2).
struct ConnectRequest: Equatable {
    var authority: String
    var path: String
    var origin: String?
    /// The sub-protocols that the client offers, its favourite first; empty when it offers none.
    var protocols: [String]
    /// The client speaks draft 02 and waits for the answer to say so.
    var wantsVersionField = false
    /// The token: `webtransport`, and from draft 15 on `webtransport-h3`.
    var token = ConnectRequest.token

    static let token = "webtransport"
    static let newToken = "webtransport-h3"

    static let availableProtocolsField = "wt-available-protocols"
    static let protocolField = "wt-protocol"
    static let versionRequestField = "sec-webtransport-http3-draft02"
    static let versionResponseField = HTTPField("sec-webtransport-http3-draft", "draft02")

    /// What a server makes of a request's header section.
    enum Reading: Equatable {
        case session(ConnectRequest)
        /// Nothing for us: answered with this status.
        case other(status: Int)
    }

    /// Throws with stream scope what is malformed.
    static func read(_ lines: [HTTPField]) throws(HTTP3Failure) -> Reading {
        let message = try HTTPMessage(lines, isRequest: true)
        guard let method = message.pseudo[":method"] else { return .other(status: 400) }
        guard method == "CONNECT" else {
            guard message.pseudo[":protocol"] == nil, message.pseudo[":scheme"] != nil,
                message.pseudo[":path"]?.isEmpty == false
            else { throw .stream(.messageError, "a request without its pseudo-header fields") }
            return .other(status: method == "GET" || method == "HEAD" ? 404 : 405)
        }
        guard let token = message.pseudo[":protocol"] else { return .other(status: 405) }
        guard let scheme = message.pseudo[":scheme"], let authority = message.pseudo[":authority"],
            let path = message.pseudo[":path"], !path.isEmpty, !authority.isEmpty
        else { throw .stream(.messageError, "an extended CONNECT without its pseudo-header fields") }
        guard token == Self.token || token == Self.newToken else { return .other(status: 501) }
        guard scheme == "https", path.utf8.first == UInt8(ascii: "/") else { return .other(status: 400) }
        return .session(
            ConnectRequest(
                authority: authority, path: path, origin: message.value("origin"),
                protocols: message.value(availableProtocolsField).flatMap(ProtocolList.parse) ?? [],
                wantsVersionField: message.value(versionRequestField) != nil, token: token))
    }

    /// The status with which a server answers, and the sub-protocol that it names.
    func answer(by configuration: WebTransportConfiguration) -> (status: Int, protocol: String?) {
        if let origin, let allowed = configuration.allowedOrigins, !allowed.contains(origin) {
            return (403, nil)
        }
        guard configuration.acceptsPath(path, authority) else { return (404, nil) }
        let chosen = configuration.protocols.first { protocols.contains($0) }
        if chosen == nil, configuration.requiresProtocol { return (400, nil) }
        return (200, chosen)
    }

    /// The header section that a client sends.
    var fields: [HTTPField] {
        var fields = [
            HTTPField(":method", "CONNECT"), HTTPField(":protocol", token), HTTPField(":scheme", "https"),
            HTTPField(":authority", authority), HTTPField(":path", path),
        ]
        if let origin { fields.append(HTTPField("origin", origin)) }
        if wantsVersionField { fields.append(HTTPField(Self.versionRequestField, "1")) }
        if !protocols.isEmpty {
            fields.append(HTTPField(Self.availableProtocolsField, ProtocolList.encode(protocols)))
        }
        return fields
    }
}
