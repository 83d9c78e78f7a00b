import Containers
import MOQTModel
import RelayCore

/// A FETCH of the relay's that a publisher's session answers, and who gets what it brings.
struct RelayedFetch {
    struct Reader {
        let id: FetchReader
        /// Bytes of payload that were sent to it and not taken by it yet.
        var waitingByteCount = 0
    }

    let id: UpstreamFetchID
    var readers: [Reader]
    /// TRACK_STATUS has been sent first: it is not known yet where the track ends, and this is then asked for.
    var unlocated: UpstreamFetchKey?
    /// The publisher's data stream, once it has come.
    var stream: StreamID?
    /// FETCH_OK has come.
    var isAccepted = false
    /// Something has come, and the control plane knows.
    var hasBegun = false
    /// The data stream has ended.
    var hasEnded = false
    /// A reader lags, so the publisher gets no credit.
    var isHeld = false
    /// When the publisher has been held back for this long while another reader has nothing left, who lags is
    /// given up.
    var heldSince = Instant.zero

    /// Bytes that may wait for one reader beside what the stream's window lets through.
    static let maximumWaitingByteCount = 256 * 1024
    /// Bytes that a reader takes before it says so.
    static let creditStep = 64 * 1024
    /// TRACK_STATUS requests of one session that may wait for answers; nothing takes them back on older drafts.
    static let maximumStatusCount = 64
    /// Streams of one session that may be held back at once: each costs a part of the connection's window.
    static let maximumHeldCount = 8
    /// Milliseconds that a reader may hold up the others.
    static let patience: UInt64 = 2_000

    var isLagging: Bool { readers.contains { $0.waitingByteCount > Self.maximumWaitingByteCount } }
    var hasIdleReader: Bool { readers.contains { $0.waitingByteCount == 0 } }
}
