import Containers
import MOQTModel
import MOQTPeer
import RelayCore

/// A track on one shard: the home of its publishers, or a replica for the shard's subscribers.
final class ShardTrack {
    let id: TrackID
    let log: TrackLog
    let home: UInt16
    let isHome: Bool
    /// As its first subscriber here said it.
    private var name: FullTrackName?
    /// What its sources said of the track.
    var properties = TrackProperties() {
        didSet {
            log.defaultPublisherPriority =
                properties.defaultPublisherPriority ?? TrackProperties.defaultPriority
            log.knowsDefaultPriority = properties.defaultPublisherPriority != nil
            log.servableNanoseconds = properties.maxCacheDuration.map {
                let (nanoseconds, tooLong) = $0.multipliedReportingOverflow(by: 1_000_000)
                return tooLong ? .max : nanoseconds
            }
        }
    }

    // At home.
    private(set) var sources: [SessionKey: TrackSource] = [:]
    private(set) var feeds: [UInt16: LogFeed] = [:]
    private var lastSource: SourceID = 0
    /// The control plane has ended the track, but objects may still be on their way until then.
    private var ending: (status: PublishDoneStatus, patience: Instant, limit: Instant)?

    // As a replica.
    private var replayer = LogReplayer(source: 0)
    /// A replica knows nothing before its home's first letter; subscribers wait for it.
    private(set) var isReady: Bool
    private var waiting: [() -> Void] = []

    /// Milliseconds that streams announced by PUBLISH_DONE are waited for after the last bytes that came.
    static let patience: UInt64 = 2_000
    /// ... and in all: a slow path takes its time, but nobody holds up a track's end for ever.
    static let longestPatience: UInt64 = 60_000

    init(id: TrackID, home: UInt16, shard: UInt16, log: TrackLog) {
        self.id = id
        self.home = home
        self.log = log
        isHome = home == shard
        log.detectsFaults = isHome
        isReady = isHome
    }

    /// A publisher named its largest object; nil: it has none yet.
    func report(_ largest: Location?, afterPause: Bool) {
        if let largest {
            if afterPause { log.missed(through: largest) }
            log.largestNamed(largest)
        } else if log.publishedLargest == nil {
            log.beginningSeen()
        }
    }

    /// The track's name in the one copy that all requests on this shard may share.
    func shared(_ name: FullTrackName) -> FullTrackName {
        if let known = self.name { return known }
        self.name = name
        return name
    }

    // MARK: Publishers (at home)

    /// The log's number for a publisher's session.
    func source(_ key: SessionKey) -> SourceID {
        if let known = sources[key] { return known.id }
        lastSource += 1
        sources[key] = TrackSource(id: lastSource)
        return lastSource
    }

    func subgroupBegan(from key: SessionKey, _ header: LogSubgroupHeader) -> IngestHandle {
        let id = source(key)
        sources[key]?.beganStreamCount += 1
        sources[key]?.openStreamCount += 1
        return log.subgroupBegan(source: id, header)
    }

    func subgroupEnded(from key: SessionKey, _ handle: IngestHandle, _ end: SubgroupEnd) {
        log.subgroupEnded(handle, end)
        guard sources[key] != nil else { return }
        sources[key]?.openStreamCount -= 1
        settle(key)
    }

    /// Applies what a publisher's session on another shard received.
    func ingest(_ events: [LogEvent], from key: SessionKey) {
        _ = source(key)
        for event in events {
            switch event {
            case .subgroupBegan:
                sources[key]?.beganStreamCount += 1
                sources[key]?.openStreamCount += 1
            case .subgroupEnded:
                sources[key]?.openStreamCount -= 1
            default:
                break
            }
            sources[key]?.replayer.apply(event, to: log)
        }
        settle(key)
    }

    /// The publisher feeds the track no more; with `done`, its remaining streams are waited for.
    func sourceGone(_ key: SessionKey, done: PublishDone?, now: Instant) {
        guard let done else {
            if let gone = sources.removeValue(forKey: key) { log.sourceEnded(gone.id) }
            return
        }
        _ = source(key)
        sources[key]?.done = done
        sources[key]?.patience = now.advanced(byMilliseconds: Self.patience)
        sources[key]?.limit = now.advanced(byMilliseconds: Self.longestPatience)
        settle(key)
    }

    /// True while `losePatience` has something to wait for.
    var isSettling: Bool { ending != nil || sources.contains { $0.value.done != nil } }

    /// Gives up on streams that were announced and never came.
    func losePatience(now: Instant) {
        for (key, source) in sources where source.done != nil && source.patience <= now {
            let later = extended(until: source.limit)
            if later > now { sources[key]?.patience = later } else { finish(key) }
        }
        guard let ending, ending.patience <= now, !sources.contains(where: { $0.value.done != nil }) else {
            return
        }
        let later = extended(until: ending.limit)
        if later > now { self.ending?.patience = later } else { finish(ending.status) }
    }

    private func extended(until limit: Instant) -> Instant {
        min(log.changedAt.advanced(byMilliseconds: Self.patience), limit)
    }

    private func settle(_ key: SessionKey) {
        if sources[key]?.isDrained == true { finish(key) }
    }

    private func finish(_ key: SessionKey) {
        guard let gone = sources.removeValue(forKey: key) else { return }
        log.sourceEnded(gone.id)
        if sources.isEmpty, let ending { finish(ending.status) }
    }

    private func finish(_ status: PublishDoneStatus) {
        ending = nil
        if log.endStatus == nil { log.trackEnded(status) }
    }

    /// The control plane ends the track. At home that waits for publishers that still owe streams, unless nothing is
    /// taken of them any more; a replica waits for its home to end, which then says so in its feed.
    func end(_ status: PublishDoneStatus, now: Instant) {
        guard log.endStatus == nil, ending == nil else { return }
        if isHome, sources.isEmpty || log.fault != nil {
            finish(status)
        } else {
            ending = (
                status, now.advanced(byMilliseconds: Self.patience + Self.patience / 4),
                now.advanced(byMilliseconds: Self.longestPatience)
            )
        }
    }

    // MARK: Replicas (at home)

    func startFeed(to shard: UInt16) {
        guard feeds[shard] == nil else { return }
        let feed = LogFeed(context: UInt64(shard))
        feeds[shard] = feed
        log.attach(feed)
    }

    func stopFeed(to shard: UInt16) {
        if let feed = feeds.removeValue(forKey: shard) { log.detach(feed) }
    }

    // MARK: As a replica

    func replicate(_ events: [LogEvent]) {
        for event in events { replayer.apply(event, to: log) }
        guard !isReady else { return }
        isReady = true
        let ready = waiting
        waiting.removeAll()
        for body in ready { body() }
    }

    /// Runs `body` now, or when the home's first letter has come.
    func whenReady(_ body: @escaping () -> Void) {
        if isReady { body() } else { waiting.append(body) }
    }
}
