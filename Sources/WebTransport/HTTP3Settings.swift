import Containers

/// The SETTINGS of HTTP/3 (RFC 9114 section 7.2.4) that matter to WebTransport.
struct HTTP3Settings: Equatable, Sendable {
    /// Extended CONNECT (RFC 9220); only a server's means anything.
    var enablesConnectProtocol = false
    /// HTTP datagrams (RFC 9297).
    var enablesDatagrams = false
    /// The settings by which the drafts of WebTransport are announced.
    var webTransport: WebTransportVersions = []
    /// The largest header section that its sender takes, in bytes; nil when unlimited.
    var maximumFieldSectionByteCount: UInt64?

    /// A SETTINGS frame longer than this is refused (RFC 9114 section 10.5).
    static let maximumByteCount = 4096

    private enum Identifier {
        static let maximumFieldSectionByteCount: UInt64 = 0x06
        static let enableConnectProtocol: UInt64 = 0x08
        static let datagram: UInt64 = 0x33
        /// Means nothing and keeps peers tolerant (RFC 9114 section 7.2.4.1): one of 0x1f * N + 0x21.
        static let reserved: UInt64 = 0x1f * 7 + 0x21

        /// HTTP/2's, forbidden here (RFC 9114 section 7.2.4.1).
        static func isForbidden(_ identifier: UInt64) -> Bool {
            identifier == 0x00 || (identifier >= 0x02 && identifier <= 0x05)
        }
    }

    /// Our own. A client's are the same but for the limit's purpose; a client's ENABLE_CONNECT_PROTOCOL has
    /// no meaning and does no harm.
    static func ours(maximumFieldSectionByteCount: Int) -> HTTP3Settings {
        HTTP3Settings(
            enablesConnectProtocol: true, enablesDatagrams: true, webTransport: .announced,
            maximumFieldSectionByteCount: UInt64(maximumFieldSectionByteCount))
    }

    init(
        enablesConnectProtocol: Bool = false, enablesDatagrams: Bool = false,
        webTransport: WebTransportVersions = [], maximumFieldSectionByteCount: UInt64? = nil
    ) {
        self.enablesConnectProtocol = enablesConnectProtocol
        self.enablesDatagrams = enablesDatagrams
        self.webTransport = webTransport
        self.maximumFieldSectionByteCount = maximumFieldSectionByteCount
    }

    /// Reads a SETTINGS frame's content. Unknown settings are ignored. Throws with connection scope: a
    /// repeated or forbidden setting, a value out of range, a truncated pair.
    init(_ content: [UInt8]) throws(HTTP3Failure) {
        var bytes = Payload(content)
        var varint = VarintReader()
        var seen: Set<UInt64> = []
        while !bytes.isEmpty {
            guard let identifier = varint.read(&bytes), let value = varint.read(&bytes) else {
                throw .connection(.frameError, "SETTINGS ends inside a setting")
            }
            guard !Identifier.isForbidden(identifier) else {
                throw .connection(.settingsError, "a setting of HTTP/2 has no place in HTTP/3")
            }
            guard seen.insert(identifier).inserted else {
                throw .connection(.settingsError, "a setting may occur only once")
            }
            switch identifier {
            case Identifier.enableConnectProtocol: enablesConnectProtocol = try Self.flag(value)
            case Identifier.datagram: enablesDatagrams = try Self.flag(value)
            case Identifier.maximumFieldSectionByteCount: maximumFieldSectionByteCount = value
            case WebTransportVersions.enabledIdentifier:
                if try Self.flag(value) { webTransport.insert(.enabled) }
            default:
                if let version = WebTransportVersions(identifier: identifier), value > 0 {
                    webTransport.insert(version)
                }
            }
        }
    }

    /// The content of the SETTINGS frame.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        func append(_ identifier: UInt64, _ value: UInt64) {
            VarintWriter.append(identifier, to: &bytes)
            VarintWriter.append(value, to: &bytes)
        }
        if let maximumFieldSectionByteCount {
            append(Identifier.maximumFieldSectionByteCount, maximumFieldSectionByteCount)
        }
        if enablesConnectProtocol { append(Identifier.enableConnectProtocol, 1) }
        if enablesDatagrams { append(Identifier.datagram, 1) }
        for identifier in webTransport.identifiers { append(identifier, 1) }
        append(Identifier.reserved, 0)
        return bytes
    }

    private static func flag(_ value: UInt64) throws(HTTP3Failure) -> Bool {
        guard value <= 1 else {
            throw .connection(.settingsError, "a setting that is 0 or 1 has another value")
        }
        return value == 1
    }
}
