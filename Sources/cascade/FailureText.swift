import MOQTClient
import MOQTModel
import MOQTWire
import QUICTransport
import Tooling

/// Failures as one line that says what to do, and the exit code that goes with each.
enum FailureText {
    static func closure(_ closure: ClientClosure, _ options: CommonOptions) -> (text: String, code: ExitCode)
    {
        let place =
            "\(options.url.host.contains(":") ? "[\(options.url.host)]" : options.url.host):\(options.url.port)"
        switch closure {
        case .local:
            return ("the connection was closed", .failed)
        case .protocolError(let failure) where failure.code == .versionNegotiationFailed:
            return (noCommonProtocol(options, place), .failed)
        case .protocolError(let failure):
            return ("protocol error: \(name(failure.code)): \(Printable.escaped(failure.reason))", .failed)
        case .closedByPeer(let code, let reason):
            let why = reason.isEmpty ? "" : ": \(Printable.escaped(reason))"
            if code == 0 { return ("the peer ended the session\(why)", .failed) }
            return ("the peer closed the session with code 0x\(String(code, radix: 16))\(why)", .refused)
        case .handshakeFailed(let reason):
            return (handshake(Printable.escaped(reason), options, place), .failed)
        case .refused(let status):
            return (
                "the server refused the WebTransport session with HTTP status \(status)"
                    + (status == 404 ? ": it does not serve the path \(options.url.pathAndQuery)" : ""),
                .refused
            )
        case .unreachable(let reason):
            let hint =
                options.url.usesDefaultPort
                ? "; the URL names no port, so \(MOQTURL.defaultPort) was tried (cascade-relay listens on 4443 by default)"
                : "; is the relay running, and does the network let UDP through?"
            return ("cannot reach \(place): \(Printable.escaped(reason))\(hint)", .failed)
        case .idleTimeout:
            return ("\(place) stopped answering", .failed)
        case .transport(let code, let reason):
            if let text = handshakeCode(code, options, place) { return (text, .failed) }
            return (
                "the connection broke off: \(Printable.escaped(reason)) (code 0x\(String(code, radix: 16)))",
                .failed
            )
        }
    }

    static func request(_ what: String, _ failure: RequestFailure) -> String {
        let why = failure.reason.isEmpty ? "" : ": \(Printable.escaped(failure.reason))"
        var text = "\(what) was refused: \(name(failure.code))\(why)"
        if let redirect = failure.redirect {
            let place = redirect.connectURI.isEmpty ? "" : " at \(Printable.escaped(redirect.connectURI))"
            let track = redirect.track
            let isSame = track.namespace.fields.isEmpty && track.name.isEmpty
            text += "; try\(isSame ? "" : " \(NamespaceText.text(track))")\(place) (--follow-redirects)"
        }
        return text
    }

    static func redirect(_ failure: RedirectTrail.Failure) -> String {
        switch failure {
        case .tooMany(let count): "redirected \(count) times, and again"
        case .circle: "redirected in a circle"
        case .notUnderstood(let uri):
            "redirected to \(Printable.escaped(uri)), which is no place to connect to"
        }
    }

    /// `doesNotExist` as `DOES_NOT_EXIST`, `unknown(7)` as `UNKNOWN 7`.
    static func name(_ code: some Any) -> String {
        var text = ""
        for character in String(describing: code) where character != ")" {
            if character.isUppercase { text += "_" }
            text += character == "(" ? " " : character.uppercased()
        }
        return text
    }

    private static func handshake(_ text: String, _ options: CommonOptions, _ place: String) -> String {
        var reason = text
        while reason.last == " " || reason.last == "." { reason.removeLast() }
        let lower = reason.lowercased()
        if lower.contains("alpn") || lower.contains("application protocol")
            || lower.contains("no_application")
        {
            return noCommonProtocol(options, place)
        }
        if lower.contains("certificate") || lower.contains("issuer") || lower.contains("verif") {
            return "the certificate of \(place) is not trusted: \(reason); "
                + "trust it with --tls-sha256 HEX (cascade-relay prints it) or --tls-ca PEM, or use --insecure for a test"
        }
        return "the TLS handshake with \(place) failed: \(reason)"
    }

    /// TLS alerts travel as 0x100 + alert (RFC 9001 section 4.8).
    private static func handshakeCode(_ code: UInt64, _ options: CommonOptions, _ place: String) -> String? {
        switch code {
        case 0x178: noCommonProtocol(options, place)
        case 0x12A, 0x12B, 0x12C, 0x12D, 0x12E, 0x130:
            handshake("certificate refused (TLS alert \(code - 0x100))", options, place)
        default: nil
        }
    }

    private static func noCommonProtocol(_ options: CommonOptions, _ place: String) -> String {
        let offered = options.client.drafts.map { String($0.number) }.joined(separator: ", ")
        let scheme = options.url.carrier == .quic ? "moqt:// (raw QUIC)" : "https:// (WebTransport)"
        return "\(place) speaks none of the protocols offered (MoQT drafts \(offered) over \(scheme)): "
            + "try another --draft, or the other kind of URL"
    }
}
