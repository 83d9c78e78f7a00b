/// The generations of WebTransport over HTTP/3, each announced by a setting of its own.
struct WebTransportVersions: OptionSet, Sendable {
    let rawValue: UInt8

    /// Drafts 02 and 03: ENABLE_WEBTRANSPORT.
    static let enable = WebTransportVersions(rawValue: 1 << 0)
    /// Drafts 07 to 12: WEBTRANSPORT_MAX_SESSIONS.
    static let formerMaxSessions = WebTransportVersions(rawValue: 1 << 1)
    /// Drafts 13 and 14: SETTINGS_WT_MAX_SESSIONS.
    static let maxSessions = WebTransportVersions(rawValue: 1 << 2)
    /// From draft 15 on: SETTINGS_WT_ENABLED.
    static let enabled = WebTransportVersions(rawValue: 1 << 3)

    /// What Cascade says, as server and as client.
    ///
    /// SETTINGS_WT_ENABLED is left out on purpose. From draft 13 on the reset of a data stream must be a
    /// RESET_STREAM_AT, announced by a transport parameter that ngtcp2 1.22 does not have, and a peer that
    /// insists on the new setting (webtransport-go) insists on that parameter too: announcing the one without
    /// the other would trade a clear refusal for a session that is then declared malformed. The draft-13
    /// setting has the same rule in its text but stays: Safari 26.4 is reported to open no session without it
    /// (not measured here), and no peer is known that both looks at it and enforces the parameter. With these
    /// three, sessions with Chromium 156, moq-dev's Rust stack (as client and as server), aiomoqt 0.5.3 and
    /// aioquic 1.7 were seen to work. All values are 1: more would declare pooling and, in draft 14, session
    /// flow control, which we do not implement; hence also no initial limits.
    static let announced: WebTransportVersions = [.enable, .formerMaxSessions, .maxSessions]

    static let enabledIdentifier: UInt64 = 0x2c7c_f000

    private static let table: [(version: WebTransportVersions, identifier: UInt64)] = [
        (.enable, 0x2b60_3742), (.formerMaxSessions, 0xc671_706a), (.maxSessions, 0x14e9_cd29),
        (.enabled, enabledIdentifier),
    ]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The version that a setting announces; nil for any other setting.
    init?(identifier: UInt64) {
        guard let entry = Self.table.first(where: { $0.identifier == identifier }) else { return nil }
        self = entry.version
    }

    /// The settings that announce these versions, the oldest first.
    var identifiers: [UInt64] { Self.table.filter { contains($0.version) }.map(\.identifier) }
}
