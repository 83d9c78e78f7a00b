import Containers

/// What all logs of one shard share: the time of this turn and the list of logs that changed during it.
public final class LogShard {
    /// The time of the current loop turn; the host sets it when the turn begins.
    public var now: Instant {
        get { turn }
        set { turn = newValue }
    }
    /// Behind `now`: other modules' code does not see that a stored property is unchecked.
    @exclusivity(unchecked) private var turn: Instant
    /// The logs that have something new for their readers since `takeTouched`.
    @exclusivity(unchecked) var touched: [TrackLog] = []
    /// The logs that have subgroups without a source.
    @exclusivity(unchecked) var orphaned: [TrackLog] = []

    /// The logs whose feeds have something since `takeFed`.
    @exclusivity(unchecked) var fed: [TrackLog] = []

    /// The logs that were found malformed since `takeMalformed`.
    var malformed: [TrackLog] = []

    public init(now: Instant = .zero) { turn = now }

    /// Tells the owner of every scheduler that has become ready, once each; call it at the end of a turn.
    public func wakeReaders() {
        guard !touched.isEmpty else { return }
        for log in touched { log.wakeReaders() }
        touched.removeAll(keepingCapacity: true)
    }

    /// Names every log whose feeds have something, once; `body` takes it.
    public func takeFed(_ body: (TrackLog) -> Void) {
        guard !fed.isEmpty else { return }
        for log in fed {
            log.hasNews = false
            body(log)
        }
        fed.removeAll(keepingCapacity: true)
    }

    public var hasMalformedLogs: Bool { !malformed.isEmpty }

    /// Names every log that has been found malformed, once in its life.
    public func takeMalformed() -> [(log: TrackLog, fault: TrackFault)] {
        let taken = malformed
        malformed = []
        return taken.compactMap { log in log.fault.map { (log, $0) } }
    }

    /// Resets subgroups that have waited too long for another source; call it a few times a second, before
    /// `wakeReaders`.
    public func checkDeadlines() {
        guard !orphaned.isEmpty else { return }
        orphaned.removeAll { !$0.resetOrphans() }
    }
}
