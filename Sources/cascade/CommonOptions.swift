import MOQTClient
import MOQTModel
import MOQTWire
import QUICTransport
import Tooling

/// What every subcommand that connects has in common.
struct CommonOptions {
    var url: MOQTURL
    var client: ClientConfiguration
    /// Follow GOAWAY, and connect again when a relay dies.
    var reconnects: Bool
    /// Make a request where the peer redirects it to.
    var followsRedirects: Bool
    var isJSON: Bool
    var log: Log

    static let operand = CommandSyntax.Operand(
        "URL", "the relay: moqt://HOST:PORT/PATH (raw QUIC) or https://HOST:PORT/PATH (WebTransport)")

    static let syntax: [OptionSyntax] = [
        .value(
            "draft", "N", "Offer exactly this MoQT draft (\(draftNames)). Default: all, newest first.",
            section: "Connection"),
        .value(
            "tls-sha256", "HEX", repeats: true,
            "Trust exactly the certificate with this SHA-256; cascade-relay prints its own.",
            section: "Connection"),
        .value(
            "tls-ca", "PEM", "Trust the certificate authorities in this file instead of the system's.",
            section: "Connection"),
        .flag("insecure", "Trust any certificate. For tests only.", section: "Connection"),
        .flag("json", "Say what happened in JSON lines instead of sentences.", section: "Output"),
        .flag("verbose", short: "v", "Say more on standard error; twice for debugging.", section: "Output"),
    ]

    static let reconnecting = OptionSyntax.flag(
        "no-reconnect",
        "End when the relay goes away, instead of moving to where it says or connecting again.",
        section: "Connection")

    static let redirecting = OptionSyntax.flag(
        "follow-redirects",
        "Go where the relay says (REDIRECT, draft 18 on), at most \(RedirectTrail.maximumCount) times.",
        section: "Connection")

    init(_ arguments: Arguments, url text: String, insecure: Bool = false) throws(UsageError) {
        url = try MOQTURL(text)
        var client = ClientConfiguration(
            carrier: url.carrier == .quic ? .quic : .webTransport, host: url.host, port: url.port)
        client.path = url.pathAndQuery
        client.authority = url.authority
        if let number: Int = try arguments.integer("draft") {
            guard let draft = Draft(number: number) else {
                throw UsageError("--draft \(number) is not supported; there are \(Self.draftNames)")
            }
            client.drafts = [draft]
        }
        client.verification = try Self.verification(arguments, insecure: insecure)
        client.implementation = "cascade/\(Program.version)"
        self.client = client
        let isReconnecting = arguments.syntax.options.contains { $0.name == "no-reconnect" }
        reconnects = isReconnecting && !arguments.has("no-reconnect")
        let isRedirecting = arguments.syntax.options.contains { $0.name == "follow-redirects" }
        followsRedirects = isRedirecting && arguments.has("follow-redirects")
        isJSON = arguments.has("json")
        let levels: [Log.Level] = [.warning, .info, .debug]
        log = Log(program: "cascade", level: levels[min(arguments.count("verbose"), 2)])
    }

    /// `draft-18` or `18`, as test harnesses say it in the environment.
    mutating func confine(to text: String) throws(UsageError) {
        let digits = text.hasPrefix("draft-") ? String(text.dropFirst(6)) : text
        guard let number = Int(digits), let draft = Draft(number: number) else {
            throw UsageError("'\(Printable.escaped(text, limit: 40))' is not a draft that is supported")
        }
        client.drafts = [draft]
    }

    private static func verification(
        _ arguments: Arguments, insecure: Bool
    ) throws(UsageError) -> CertificateVerification {
        let pins = arguments.strings("tls-sha256")
        let authority = arguments.string("tls-ca")
        let isInsecure = arguments.has("insecure") || insecure
        if (pins.isEmpty ? 0 : 1) + (authority == nil ? 0 : 1) + (arguments.has("insecure") ? 1 : 0) > 1 {
            throw UsageError("--tls-sha256, --tls-ca and --insecure exclude each other")
        }
        for pin in pins where Hexadecimal.bytes(pin)?.count != 32 {
            throw UsageError("--tls-sha256 wants 64 hex digits, not '\(Printable.escaped(pin, limit: 100))'")
        }
        if !pins.isEmpty { return .pinned(sha256: pins) }
        if let authority { return .authorities(pemFile: authority) }
        return isInsecure ? .insecure : .system
    }

    static var draftNames: String { Draft.all.map { String($0.number) }.joined(separator: ", ") }
}
