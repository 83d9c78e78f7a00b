/// Where a relay is and how to talk to it: `moqt://host:port/path?query` is raw QUIC, `https://...` is
/// WebTransport (draft-18 section 3.1.1).
public struct MOQTURL: Equatable, Hashable, Sendable {
    public enum Carrier: Sendable { case quic, webTransport }

    public var carrier: Carrier
    /// A name or an address; IPv6 literals without their brackets.
    public var host: String
    public var port: UInt16
    /// Begins with `/` unless empty.
    public var path: String
    /// Without the `?`; nil when there is none.
    public var query: String?
    /// The port was left out and is the scheme's default.
    public var usesDefaultPort: Bool

    /// What both schemes mean without a port (draft-18 section 3.1.1).
    public static let defaultPort: UInt16 = 443

    /// Reads a URL; throws a sentence that says what is wrong with it.
    public init(_ text: String) throws(UsageError) {
        let shown = Printable.escaped(text, limit: 200)
        guard let separator = Self.range(of: "://", in: text) else {
            throw UsageError("'\(shown)' is not a URL: write moqt://HOST:PORT/ or https://HOST:PORT/")
        }
        switch text[..<separator.lowerBound].lowercased() {
        case "moqt": carrier = .quic
        case "https": carrier = .webTransport
        case let scheme:
            throw UsageError(
                "'\(Printable.escaped(scheme, limit: 20))://' is not supported: use moqt:// (raw QUIC) or https:// (WebTransport)"
            )
        }
        let unsafe = text.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7F }
        if unsafe { throw UsageError("URL '\(shown)' holds a space or control character (write %20)") }
        // The fragment is for the client alone and never sent (draft-18 section 3.1.2).
        let rest = text[separator.upperBound...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let tail = rest[authority.endIndex...]
        if authority.contains("@") {
            throw UsageError("URL '\(shown)' names a user, which MoQT has no use for")
        }
        let (host, portText) = try Self.splitAuthority(authority, shown: shown)
        if host.isEmpty { throw UsageError("URL '\(shown)' has no host") }
        self.host = host
        if let portText, !portText.isEmpty {
            guard let port = UInt16(portText), port > 0 else {
                throw UsageError("URL '\(shown)' has a bad port '\(portText)': 1 to 65535 are possible")
            }
            self.port = port
            usesDefaultPort = false
        } else {
            port = Self.defaultPort
            usesDefaultPort = true
        }
        path = String(tail.prefix { $0 != "?" })
        query = tail.firstIndex(of: "?").map { String(tail[tail.index(after: $0)...]) }
    }

    /// `host:port` for SETUP's AUTHORITY and `:authority`; IPv6 in brackets, the default port left out.
    public var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return usesDefaultPort ? name : "\(name):\(port)"
    }

    /// `path?query`, at least `/`: for SETUP's PATH and `:path`.
    public var pathAndQuery: String {
        (path.isEmpty ? "/" : path) + (query.map { "?\($0)" } ?? "")
    }

    /// Whether the host is an address rather than a name: addresses never go into SNI (RFC 6066 section 3).
    public var hostIsAddress: Bool {
        host.contains(":") || host.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2E }
    }

    private static func splitAuthority(
        _ authority: Substring, shown: String
    ) throws(UsageError) -> (host: String, port: String?) {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else {
                throw UsageError("URL '\(shown)' has '[' without ']' around its IPv6 address")
            }
            let address = authority[authority.index(after: authority.startIndex)..<end]
            let legal = address.utf8.allSatisfy {
                Hexadecimal.digit($0) != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
            }
            if !legal || !address.contains(":") {
                throw UsageError("URL '\(shown)' has no IPv6 address between the brackets")
            }
            let after = authority[authority.index(after: end)...]
            if !after.isEmpty, !after.hasPrefix(":") {
                throw UsageError("URL '\(shown)' has something other than a port behind ']'")
            }
            return (String(address), after.isEmpty ? nil : String(after.dropFirst()))
        }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count > 2 {
            throw UsageError("URL '\(shown)': put the IPv6 address in brackets, like [::1]")
        }
        return (String(parts.first ?? ""), parts.count == 2 ? String(parts[1]) : nil)
    }

    private static func range(of needle: String, in text: String) -> Range<String.Index>? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].hasPrefix(needle) {
                return start..<text.index(start, offsetBy: needle.count)
            }
            start = text.index(after: start)
        }
        return nil
    }
}

extension MOQTURL: CustomStringConvertible {
    public var description: String {
        let scheme = carrier == .quic ? "moqt" : "https"
        return Printable.escaped("\(scheme)://\(authority)\(path)\(query.map { "?\($0)" } ?? "")")
    }
}
