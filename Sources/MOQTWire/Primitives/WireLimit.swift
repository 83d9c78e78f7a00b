/// The drafts' limits on what a peer may write, in bytes unless named otherwise.
public enum WireLimit {
    /// A Reason Phrase (draft-18 section 1.4.3).
    public static let reason = 1024
    /// The New Session URI of a GOAWAY (draft-18 section 10.4).
    public static let sessionURI = 8192
    /// A key-value pair's value (draft-18 section 1.4.2).
    public static let keyValue = 65535
    /// The body of a control message: its length has 16 bits.
    public static let messageBody = 65535
    /// Parameters and setup options that we do not know, kept per message; the rest is ignored all the same. Ours.
    public static let unknownPairs = 64
    /// Authorization tokens in one message. Ours.
    public static let tokens = 64
    /// Range filters of one message. Ours: a request with more is refused as invalid.
    public static let rangeFilters = 256
    /// Track properties that we do not know, per message. Ours: they are forwarded, so more end the session.
    public static let unknownProperties = 256
    /// Versions kept of a CLIENT_SETUP. Ours.
    public static let versions = 64
    /// An object's property block. Ours: the drafts name no limit.
    public static let propertyBlock = 65536
}
