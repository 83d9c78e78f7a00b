import Containers
import MOQTClient
import MOQTModel
import Media
import QUICTransport
import Tooling

/// Publishes a fragmented MP4: a catalog, and one track per media track.
///
/// The catalog leaves first. Media is held back, for a moment only, while subscribers that have read the
/// catalog are still asking for the tracks, so that they see the first picture.
final class MovieFeeder: Feeder {
    var onFinished: () -> Void = {}
    var onFailed: (String) -> Void = { _ in }
    /// The movie's tracks are known: what is called offers them where they must be offered.
    var onTracks: ([TrackPublisher]) -> Void = { _ in }

    private struct Held {
        var fragment: MovieFragment
        var capturedAt: UInt64
    }

    private var connection: ClientConnection
    private let input: InputSource
    private let options: PublishOptions
    private let loop: EventLoop
    private let catalogTrack: TrackPublisher
    private var reader = FragmentedMP4Reader()
    private var movie: Movie?
    private var grouping: MediaGrouping?
    private var catalog: MSFCatalog?
    private var tracks: [TrackPublisher] = []
    private var pacer: Pacer
    private let pace: Pace
    private let waitsForSubscriber: Bool

    private var held: [Held] = []
    private var heldByteCount = 0
    private var mediaMayLeave = false
    private var startedAt = Instant.zero
    private var firstInterest: Instant?
    private var catalogMadeAt = Instant.zero
    private var lastSubscription: Instant?
    private var clockStart: (media: Double, wall: UInt64)?

    private var nextCatalogGroup: UInt64
    private var firstGroup: UInt64
    private var inputEnded = false
    private var isDone = false
    private var timer: TimerID?

    /// Milliseconds that media waits for the tracks' subscribers once somebody has asked for the catalog.
    private static let patience: UInt64 = 1_000
    /// Milliseconds without a further subscription after which everybody is taken to be there.
    private static let settleTime: UInt64 = 150
    /// Milliseconds between repetitions of the catalog for late joiners.
    private static let catalogInterval: UInt64 = 1_000
    private static let maximumHeldByteCount = 32 * 1024 * 1024
    private static let maximumWaitingByteCount: UInt64 = 8 << 20

    init(_ connection: ClientConnection, input: InputSource, options: PublishOptions, loop: EventLoop) {
        self.connection = connection
        self.input = input
        self.options = options
        self.loop = loop
        pace = options.pace ?? (input.isFile ? .realTime : .unlimited)
        pacer = Pacer(pace)
        waitsForSubscriber = (options.start ?? (input.isFile ? .subscriber : .now)) == .subscriber
        firstGroup = options.firstGroup ?? (input.isFile ? 0 : Runner.wallClock() / 1000)
        nextCatalogGroup = firstGroup
        var properties = TrackProperties()
        // A catalog is more urgent than what it describes.
        properties.defaultPublisherPriority = (options.priority ?? TrackProperties.defaultPriority) / 2
        catalogTrack = connection.addTrack(options.name(options.track), properties: properties)
        catalogTrack.onSubscribed = { [weak self] in self?.catalogWanted() }
    }

    var allTracks: [TrackPublisher] { [catalogTrack] + tracks }

    /// Tracks that come up later are offered there; those that exist are the caller's to offer.
    func move(to connection: ClientConnection) { self.connection = connection }

    func start() {
        startedAt = loop.now
        input.onReadable = { [weak self] in self?.step() }
        repeatCatalog()
        step()
    }

    func stop() {
        guard !isDone else { return }
        isDone = true
        for track in allTracks { track.end() }
        onFinished()
    }

    // MARK: The loop

    private func step() {
        guard !isDone else { return }
        do throws(MediaError) {
            while true {
                release()
                if isDone { return }
                // What is held back leaves by a timer; a file is not read ahead of it, a pipe within bounds.
                if heldByteCount > Self.maximumHeldByteCount { return }
                if !held.isEmpty, input.isFile, catalog != nil { return }
                if tracks.contains(where: { $0.waitingByteCount > Self.maximumWaitingByteCount }) {
                    return later(milliseconds: 5)
                }
                if let event = try reader.next() {
                    received(event)
                    continue
                }
                if inputEnded {
                    try reader.finish()
                    if catalog == nil { makeCatalog(nil) }
                    if held.isEmpty { stop() }
                    return
                }
                switch input.read() {
                case .bytes(let bytes): reader.append(bytes)
                case .nothingYet: return
                case .end: inputEnded = true
                case .failed(let reason): return onFailed(reason)
                }
            }
        } catch {
            isDone = true
            onFailed(error.message)
        }
    }

    private func received(_ event: FragmentedMP4Reader.Event) {
        switch event {
        case .movie(let movie):
            self.movie = movie
            grouping = MediaGrouping(movie: movie, firstGroup: firstGroup)
            for name in MSFCatalog.trackNames(movie) {
                let track = connection.addTrack(
                    options.name(Array(name.utf8)), properties: options.properties)
                track.carriesProperties = options.stampsTime
                track.onSubscribed = { [weak self] in self?.trackWanted() }
                tracks.append(track)
            }
            onTracks(tracks)
        case .fragment(let fragment):
            if catalog == nil, movie?.firstVideoIndex == nil || fragment.trackIndex == movie?.firstVideoIndex
            {
                makeCatalog(fragment)
            }
            held.append(Held(fragment: fragment, capturedAt: Runner.wallClock()))
            heldByteCount += fragment.bytes.count
        }
    }

    // MARK: The catalog

    /// `first`: the first video fragment, which tells the frame rate.
    private func makeCatalog(_ first: MovieFragment?) {
        guard let movie else { return }
        catalogMadeAt = loop.now
        var frameRate: Double?
        if let first, first.duration > 0, movie.tracks[first.trackIndex].kind == .video {
            let scale = Double(movie.tracks[first.trackIndex].timescale)
            frameRate = (scale * Double(first.sampleCount) / Double(first.duration) * 1000).rounded() / 1000
        }
        catalog = MSFCatalog(
            movie: movie, frameRate: frameRate, isLive: !input.isFile, generatedAt: Runner.wallClock() / 1000)
        publishCatalog()
    }

    private func publishCatalog() {
        guard let catalog, !catalogTrack.hasEnded else { return }
        catalogTrack.beginGroup(nextCatalogGroup)
        nextCatalogGroup += 1
        catalogTrack.write(catalog.json())
        catalogTrack.endGroup()
    }

    private func repeatCatalog() {
        loop.schedule(afterMilliseconds: Self.catalogInterval) { [weak self] in
            guard let self, !isDone else { return }
            if catalogTrack.subscriptionCount > 0 { publishCatalog() }
            repeatCatalog()
        }
    }

    private func catalogWanted() {
        firstInterest = firstInterest ?? loop.now
        publishCatalog()
        step()
    }

    private func trackWanted() {
        firstInterest = firstInterest ?? loop.now
        lastSubscription = loop.now
        step()
    }

    // MARK: Media

    /// Writes what may leave now and arranges to be called again for the rest.
    private func release() {
        guard !held.isEmpty, catalog != nil else { return }
        if !mediaMayLeave {
            if let wait = waitForSubscribers() {
                if wait > 0 { later(milliseconds: wait) }
                return
            }
            mediaMayLeave = true
        }
        var count = 0
        while count < held.count {
            let delay = delay(of: held[count].fragment)
            if delay > 0 {
                later(milliseconds: delay / 1_000_000 + 1)
                break
            }
            write(held[count])
            heldByteCount -= held[count].fragment.bytes.count
            count += 1
        }
        held.removeFirst(count)
        if inputEnded, held.isEmpty { later(milliseconds: 0) }
    }

    /// Milliseconds to wait for subscribers; 0 = until one comes; nil = do not wait.
    private func waitForSubscribers() -> UInt64? {
        let now = loop.now
        guard let asked = firstInterest else {
            if waitsForSubscriber { return 0 }
            if options.start == .now { return nil }
            let waited = now.milliseconds(since: startedAt)
            return waited >= PublishOptions.pipeGrace ? nil : PublishOptions.pipeGrace - waited
        }
        // Nobody can ask for tracks before the catalog is there.
        let interest = max(asked, catalogMadeAt)
        let everybody = tracks.allSatisfy { $0.forwardingCount > 0 }
        if let last = lastSubscription {
            let quiet = now.milliseconds(since: last)
            if everybody || now.milliseconds(since: interest) >= Self.patience {
                return quiet >= Self.settleTime ? nil : Self.settleTime - quiet
            }
            return 20
        }
        if waitsForSubscriber { return 0 }
        let waited = now.milliseconds(since: interest)
        return waited >= Self.patience ? nil : Self.patience - waited
    }

    /// Nanoseconds until the fragment may leave by the chosen pace.
    private func delay(of fragment: MovieFragment) -> UInt64 {
        let now = loop.now.nanoseconds
        guard pace == .realTime, let movie else { return pacer.delay(now: now) }
        let scale = Double(movie.tracks[fragment.trackIndex].timescale)
        let media = Double(fragment.decodeTime) / scale
        guard let start = clockStart else {
            clockStart = (media, now)
            return 0
        }
        let due = (media - start.media) * 1e9
        guard due > 0, due < 1e18 else { return 0 }
        let at = start.wall &+ UInt64(due)
        return at > now ? at - now : 0
    }

    private func write(_ item: Held) {
        guard let place = grouping?.place(item.fragment) else { return }
        let track = tracks[item.fragment.trackIndex]
        if place.startsGroup { track.beginGroup(place.group) }
        // What is paced was not captured now: its latency counts from when it leaves.
        let time = input.isFile ? Runner.wallClock() : item.capturedAt
        track.write(
            item.fragment.bytes,
            properties: options.stampsTime ? [LOCProperty.captured(atMicroseconds: time)] : [])
        pacer.sent(byteCount: item.fragment.bytes.count, now: loop.now.nanoseconds)
    }

    private func later(milliseconds: UInt64) {
        let deadline = loop.now.advanced(byMilliseconds: milliseconds)
        let timer = timer ?? loop.addTimer { [weak self] in self?.step() }
        self.timer = timer
        loop.reschedule(timer, at: deadline)
    }
}
