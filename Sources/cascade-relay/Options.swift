import Glibc
import MOQTWire
import QUICTransport
import RelayHost
import Tooling

/// The command line of `cascade-relay`, declared once, and what it makes of the configuration.
enum Options {
    static let syntax = CommandSyntax(
        name: "cascade-relay",
        summary: "A Media-over-QUIC relay: takes tracks from publishers and gives them to subscribers.",
        details: [
            "Without options it listens on UDP port 4443 of every address, for raw QUIC and WebTransport alike, "
                + "with a self-signed certificate made at start (ECDSA P-256, 14 days). When it serves, it prints "
                + "one line: cascade-relay ready listen=ADDRESS:PORT sha256=HEX. "
                + "SIGTERM or SIGINT drains and ends it; a second one ends it at once."
        ],
        options: [
            .value(
                "listen", "ADDR:PORT", repeats: true,
                "Address to serve, such as 127.0.0.1:4443 or [::]:4443; port 0 takes a free one. Repeatable.",
                section: "Serving"),
            .value("tls-cert", "PEM", "Certificate chain; goes with --tls-key.", section: "Serving"),
            .value("tls-key", "PEM", "Private key of the certificate.", section: "Serving"),
            .value(
                "drafts", "LIST",
                "MoQT drafts to offer, separated by commas, out of \(names(of: Draft.all)). "
                    + "Default: \(names(of: Draft.offered)).",
                section: "Serving"),
            .value(
                "workers", "N", "Loop threads; connections are spread over them. Default: one per core.",
                section: "Serving"),
            .value(
                "registry", "memory",
                "Where namespaces are looked up. Only memory so far: this relay alone.", section: "Serving"),
            .value(
                "allow-origin", "ORIGIN", repeats: true,
                "Web origin that may connect by WebTransport, such as https://example.org. Default: any.",
                section: "Serving"),
            .value(
                "allow-path", "PATH", repeats: true, "Path of the URL that is served. Default: any.",
                section: "Serving"),
            .value(
                "retry", "never|always|N",
                "Make clients prove their address first: never, always, or above N unfinished handshakes. "
                    + "Default: 256.",
                section: "Transport"),
            .value("congestion", "cubic|bbr", "Congestion controller. Default: cubic.", section: "Transport"),
            .value(
                "idle-timeout", "TIME", "Silence after which a connection is given up. Default: 30s.",
                section: "Transport"),
            .flag("no-gso", "Send every packet with a call of its own.", section: "Transport"),
            .flag("no-gro", "Receive every packet with a call of its own.", section: "Transport"),
            .value(
                "cache", "SIZE", "Memory that one track's recent groups may take. Default: 32M.",
                section: "Relaying"),
            .value(
                "total-cache", "SIZE",
                "Memory that the recent groups of all tracks may take together; past it those that keep most "
                    + "let go first. Default: 1G.",
                section: "Relaying"),
            .value(
                "drain-timeout", "TIME",
                "How long SIGTERM waits for sessions to leave: for half of it everything goes on, then running "
                    + "groups are the last ones. Default: 5s.",
                section: "Relaying"),
            .value(
                "goaway-uri", "URI",
                "Where SIGTERM sends sessions (moqt:// or https://). Default: here again.",
                section: "Relaying"),
            .flag("version", "Print the version and end."),
            .flag("verbose", short: "v", "Say more on standard error; repeat for debugging."),
        ],
        examples: [
            ("A relay for tests on this machine:", "cascade-relay --listen 127.0.0.1:4443"),
            (
                "With a real certificate, on two cores:",
                "cascade-relay --tls-cert fullchain.pem --tls-key privkey.pem --workers 2"
            ),
        ])

    /// Throws a sentence for the first value that makes no sense.
    static func configuration(from arguments: Arguments) throws(UsageError) -> RelayConfiguration {
        var configuration = RelayConfiguration()
        if arguments.has("listen") {
            configuration.listen = []
            for text in arguments.strings("listen") { configuration.listen.append(try address(text)) }
        }
        configuration.certificate = try certificate(from: arguments)
        if arguments.has("drafts") { configuration.drafts = try drafts(from: arguments) }
        configuration.workers = try arguments.integer("workers", in: 1...64) ?? coreCount
        if let registry = arguments.string("registry"), registry != "memory" {
            throw UsageError("--registry wants memory, not '\(Printable.escaped(registry, limit: 100))'")
        }
        if arguments.has("allow-origin") { configuration.allowedOrigins = arguments.strings("allow-origin") }
        if arguments.has("allow-path") { configuration.allowedPaths = arguments.strings("allow-path") }
        if let retry = arguments.string("retry") { configuration.retryPolicy = try retryPolicy(retry) }
        switch arguments.string("congestion") {
        case nil: break
        case "cubic": configuration.congestionController = .cubic
        case "bbr": configuration.congestionController = .bbr
        case .some(let other):
            throw UsageError("--congestion wants cubic or bbr, not '\(Printable.escaped(other, limit: 100))'")
        }
        if let time = try arguments.milliseconds("idle-timeout") { configuration.idleTimeout = time }
        if let time = try arguments.milliseconds("drain-timeout") { configuration.drainTimeout = time }
        if let uri = arguments.string("goaway-uri") { configuration.goAwayURI = try goAwayURI(uri) }
        if let size = try arguments.byteCount("cache") { configuration.trackCacheByteCount = size }
        if let size = try arguments.byteCount("total-cache") { configuration.cacheByteCount = size }
        configuration.usesGSO = !arguments.has("no-gso")
        configuration.usesGRO = !arguments.has("no-gro")
        return configuration
    }

    /// A client reads at most 8192 bytes of it (draft-18 section 10.4).
    private static func goAwayURI(_ text: String) throws(UsageError) -> String {
        do throws(UsageError) { _ = try MOQTURL(text) } catch {
            throw UsageError("--goaway-uri: \(error.message)")
        }
        if text.utf8.count > 8192 { throw UsageError("--goaway-uri takes at most 8192 bytes") }
        return text
    }

    private static var coreCount: Int { min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), 64) }

    private static func address(_ text: String) throws(UsageError) -> SocketAddress {
        if let address = SocketAddress(text) { return address }
        throw UsageError(
            "--listen wants ADDRESS:PORT such as 127.0.0.1:4443 or [::]:4443, not "
                + "'\(Printable.escaped(text, limit: 100))'")
    }

    private static func certificate(
        from arguments: Arguments
    ) throws(UsageError) -> RelayConfiguration.CertificateFiles? {
        switch (arguments.string("tls-cert"), arguments.string("tls-key")) {
        case (nil, nil): return nil
        case (let chain?, let key?): return RelayConfiguration.CertificateFiles(chain: chain, key: key)
        case (_?, nil): throw UsageError("--tls-cert needs --tls-key PEM")
        case (nil, _?): throw UsageError("--tls-key needs --tls-cert PEM")
        }
    }

    private static func drafts(from arguments: Arguments) throws(UsageError) -> [Draft] {
        let wanted: [Int] = try arguments.integers("drafts")
        for number in wanted where Draft(number: number) == nil {
            throw UsageError("--drafts: draft \(number) is not supported; there are \(names(of: Draft.all))")
        }
        return Draft.all.filter { wanted.contains($0.number) }
    }

    private static func retryPolicy(_ text: String) throws(UsageError) -> QUICConfiguration.RetryPolicy {
        switch text {
        case "never": return .never
        case "always": return .always
        default:
            guard let count = Int(text), count >= 0 else {
                throw UsageError(
                    "--retry wants never, always or a number, not '\(Printable.escaped(text, limit: 100))'")
            }
            return .above(halfOpen: count)
        }
    }

    private static func names(of drafts: [Draft]) -> String {
        drafts.map { String($0.number) }.joined(separator: ",")
    }
}
