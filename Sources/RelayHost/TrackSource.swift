import Containers
import MOQTModel
import RelayCore

/// One publisher's session as a track's home shard sees it.
struct TrackSource {
    /// The log's name for the session.
    let id: SourceID
    /// Subgroup streams that began and that are still open: PUBLISH_DONE says how many there will be.
    var beganStreamCount: UInt64 = 0
    var openStreamCount = 0
    /// Streams of a session on another shard.
    var replayer: LogReplayer
    /// Set once the publisher said that it is done.
    var done: PublishDone?
    /// When streams that PUBLISH_DONE promised are no longer waited for, unless bytes have come until then.
    var patience = Instant.distantFuture
    /// ... and when they are given up in any case.
    var limit = Instant.distantFuture

    init(id: SourceID) {
        self.id = id
        replayer = LogReplayer(source: id)
    }

    /// Everything that PUBLISH_DONE announced has arrived.
    var isDrained: Bool {
        guard let done, openStreamCount == 0 else { return false }
        guard let expected = done.streamCount else { return true }
        return beganStreamCount >= expected
    }
}
