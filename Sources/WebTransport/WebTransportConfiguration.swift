/// What a WebTransport endpoint offers, accepts and limits; one value serves all connections of an endpoint.
public struct WebTransportConfiguration: Sendable {
    /// Sub-protocols in our order of preference, the best first. A server picks the first one that the
    /// client offered; a client offers all of them.
    public var protocols: [String]
    /// A server answers 400 to clients that offer none of `protocols`; a client closes the session with
    /// WT_ALPN_ERROR when the server names none. Without it the session goes on with no name.
    public var requiresProtocol = false
    /// Origins that a browser may come from, as in the `origin` field (`https://example.org`); nil allows
    /// any. Requests without an `origin` field do not come from a browser and always pass.
    public var allowedOrigins: [String]?
    /// Whether a session may be opened at this `:path` and `:authority`; otherwise the answer is 404.
    public var acceptsPath: @Sendable (_ path: String, _ authority: String) -> Bool = { _, _ in true }

    /// Streams held back while their session is not yet known.
    public var maximumEarlyStreamCount = 64
    /// Bytes held back for all of those streams together.
    public var maximumEarlyByteCount = 256 * 1024
    /// Datagrams held back while their session is not yet known.
    public var maximumEarlyDatagramCount = 32
    /// The largest header section that we read, encoded and decoded alike, in bytes.
    public var maximumFieldSectionByteCount = 16 * 1024

    public init(protocols: [String] = []) { self.protocols = protocols }
}
