import Containers
import MOQTModel
import QUICTransport

/// One run of a scenario against a relay, from the first connection to the figures.
///
/// Publishers first; then everybody who reads from the beginning; then a warm-up; then the measured window;
/// then a second for what is still under way. Blocks the calling thread, which becomes the loop's.
public final class BenchRun {
    /// What the run shows while it lasts.
    public struct Progress: Sendable {
        public enum Phase: String, Sendable { case connecting, warming, measuring, draining }
        public var phase: Phase
        public var milliseconds: UInt64
        public var readyConnections: Int
        public var plannedConnections: Int
        public var objectCount: UInt64
        public var byteCount: UInt64
    }

    private let scenario: Scenario
    private let target: BenchTarget
    private let relay: ProcessMeter?
    private let host: BenchHost
    private let pulse: BenchPulse
    private let publishers: [BenchPublisher]
    private var readers: [BenchConnection] = []
    private var churner: BenchChurner?
    private let namespaces: BenchNamespaces
    private let announcers: [BenchAnnouncer]
    private var planned: [BenchConnection] = []
    private let tracks: BenchTracks
    private var onProgress: (Progress) -> Void
    private var phase = Progress.Phase.connecting
    private var isOver = false
    private var isInterrupted = false
    private let begunAt: Instant

    // Readings at the edges of the window.
    private var atStart = (wall: UInt64(0), own: UInt64(0), relay: ProcessMeter.Reading?.none)
    private var atEnd = (wall: UInt64(0), own: UInt64(0), relay: ProcessMeter.Reading?.none)
    private var relayBefore: ProcessMeter.Reading?
    private var relayJoined: ProcessMeter.Reading?
    private var largestResident: UInt64 = 0
    private var problem: String?

    /// Handshakes that are unfinished at once; more would only measure a queue.
    private static let maximumHandshakes = 48
    private static let connectPatienceMilliseconds: UInt64 = 60_000

    /// `relayProcess`: whose CPU time and memory are read. Throws when there is no loop to be had.
    public init(
        _ scenario: Scenario, target: BenchTarget, relayProcess: Int32?,
        onProgress: @escaping (Progress) -> Void = { _ in }
    ) throws(TransportError) {
        var scenario = scenario
        if target.carrier == .floor {
            // The floor publishes by itself and knows no requests.
            scenario.publishers = 0
            scenario.lateJoiners = 0
            scenario.slowReaders = 0
            scenario.stalledReaders = 0
            scenario.churnPerSecond = 0
            scenario.namespaces = 0
            scenario.watchers = 0
        }
        self.scenario = scenario
        self.target = target
        self.onProgress = onProgress
        relay = relayProcess.map { ProcessMeter(processID: $0) }
        let loop = try EventLoop()
        begunAt = loop.now
        let host = BenchHost(
            loop: loop, target: target,
            connectionCount: scenario.readerCount + scenario.idleConnections + scenario.watchers)
        self.host = host
        let run = loop.now.nanoseconds / 1_000_000
        let tracks = BenchTracks(
            publisherCount: scenario.publishers, tracksPerPublisher: scenario.tracks, run: run)
        self.tracks = tracks
        let namespaces = BenchNamespaces(scenario, run: run)
        self.namespaces = namespaces
        announcers = (0..<namespaces.announcerCount).map {
            BenchAnnouncer(host: host, place: $0, namespaces: namespaces)
        }
        publishers = (0..<scenario.publishers).map {
            BenchPublisher(host: host, place: $0, scenario: scenario, tracks: tracks)
        }
        pulse = BenchPulse(host: host, scenario: scenario, publishers: publishers)
        host.onChange = { [unowned self] in fill() }
    }

    /// Runs to the end and says what was seen.
    public func run() -> BenchResult {
        relayBefore = relay?.read()
        for publisher in publishers { host.open(publisher) }
        if wait({ publishers.allSatisfy { $0.isReady } }, limit: 15_000, "the publishers") {
            pulse.begin()
            plan()
            report()
            if wait(
                { planned.isEmpty && readers.allSatisfy { $0.isReady || $0.hasFailed } },
                limit: Self.connectPatienceMilliseconds + UInt64(scenario.joinSeconds * 1000), "the readers")
            {
                relayJoined = relay?.read()
                phase = .warming
                pause(scenario.warmUpSeconds)
                measure()
            }
        }
        isOver = true
        let result = makeResult()
        var isClosed = false
        host.close { isClosed = true }
        host.loop.run(forMilliseconds: 1_500) { isClosed }
        if !isClosed { host.abandon() }
        return result
    }

    /// Ends the run early, from any thread; the figures are then of what there was, and void.
    public var interrupt: @Sendable () -> Void {
        let bound = LoopBound(self, on: host.loop)
        let mailbox = host.loop.mailbox
        return { mailbox.post { bound.value.isInterrupted = true } }
    }

    // MARK: Phases

    private func plan() {
        if target.carrier == .floor {
            for _ in 0..<scenario.subscribers { planned.append(FloorReader(host: host)) }
            return spread()
        }
        planned += announcers
        for place in 0..<scenario.watchers {
            planned.append(BenchWatcher(host: host, place: place, namespaces: namespaces))
        }
        for _ in 0..<scenario.idleConnections { planned.append(BenchConnection(host: host)) }
        let kinds: [(ReaderClass, Int)] = [
            (.stalled, scenario.stalledReaders), (.slow, scenario.slowReaders),
            (.healthy, scenario.subscribers),
        ]
        for (kind, count) in kinds {
            for index in 0..<count { planned.append(reader(kind, index)) }
        }
        spread()
    }

    private func reader(_ kind: ReaderClass, _ index: Int) -> BenchReader {
        var names = [FullTrackName]()
        for offset in 0..<min(scenario.subscriptions, tracks.count) {
            names.append(tracks.name((index * scenario.subscriptions + offset) % tracks.count))
        }
        return BenchReader(
            host: host, kind: kind, tracks: names, slowBytesPerSecond: scenario.slowBytesPerSecond,
            staySeconds: kind == .late ? scenario.lateStaySeconds : 0)
    }

    /// Opens the planned connections one by one over `joinSeconds`.
    private func spread() {
        planned.reverse()
        allowed = 0
        let count = max(1, planned.count)
        let pauseNanoseconds = UInt64(max(0, scenario.joinSeconds) * 1_000_000_000) / UInt64(count)
        allowNext(every: max(pauseNanoseconds, 1_000))
    }

    private var allowed = 0

    private func allowNext(every pause: UInt64) {
        guard !isOver, !planned.isEmpty else { return }
        // Timers are no finer than this: several at a time.
        let step = max(1, 1_000_000 / pause)
        allowed += Int(step)
        fill()
        host.loop.schedule(at: host.loop.now.advanced(byNanoseconds: pause * step)) { [weak self] in
            self?.allowNext(every: pause)
        }
    }

    private func fill() {
        while allowed > 0, !planned.isEmpty, unfinishedCount < Self.maximumHandshakes {
            let next = planned.removeLast()
            readers.append(next)
            allowed -= 1
            host.open(next)
        }
    }

    private var unfinishedCount: Int {
        // The newest are the unfinished ones.
        readers.suffix(4 * Self.maximumHandshakes).count { !$0.isReady && !$0.hasFailed }
    }

    private func measure() {
        phase = .measuring
        if scenario.churnPerSecond > 0 {
            let churner = BenchChurner(
                host: host, tracks: (0..<tracks.count).map { tracks.name($0) },
                perSecond: scenario.churnPerSecond, holdMilliseconds: scenario.churnHoldMilliseconds)
            self.churner = churner
            host.open(churner)
        }
        atStart = edge()
        host.tally.windowStart = atStart.wall
        host.tally.windowEnd = atStart.wall &+ UInt64(scenario.seconds * 1_000_000_000)
        for announcer in announcers { announcer.begin(seconds: scenario.seconds / 2) }
        if scenario.lateJoiners > 0 {
            planned = (0..<scenario.lateJoiners).map { reader(.late, $0) }
            let count = UInt64(scenario.lateJoiners)
            let whole = UInt64(max(0, scenario.lateJoinSeconds) * 1_000_000_000)
            allowNext(every: max(whole / count, 1_000))
        }
        pause(scenario.seconds)
        atEnd = edge()
        if scenario.watchers > 0, namespaces.toldCount < namespaces.count {
            problem = "only \(namespaces.toldCount) of \(namespaces.count) namespaces were told"
        }
        if !planned.isEmpty { problem = "\(planned.count) late joiners could not even begin in time" }
        phase = .draining
        pause(1)
        pulse.end()
    }

    private func edge() -> (wall: UInt64, own: UInt64, relay: ProcessMeter.Reading?) {
        (host.clock, ProcessMeter.ownCPUMicroseconds(), relay?.read())
    }

    private func pause(_ seconds: Double) {
        host.loop.run(forMilliseconds: UInt64(seconds * 1000)) { isInterrupted }
    }

    private func wait(_ condition: () -> Bool, limit: UInt64, _ what: String) -> Bool {
        host.loop.run(forMilliseconds: limit) { isInterrupted || condition() || publishersFailed }
        if publishersFailed || !condition() {
            problem = host.firstFailure ?? (isInterrupted ? "interrupted" : "\(what) were not ready in time")
            return false
        }
        return true
    }

    private var publishersFailed: Bool { publishers.contains { $0.hasFailed } }

    private func report() {
        guard !isOver else { return }
        let resident = relay?.read()?.residentByteCount ?? 0
        largestResident = max(largestResident, resident)
        onProgress(
            Progress(
                phase: phase, milliseconds: host.loop.now.milliseconds(since: begunAt),
                readyConnections: readers.count { $0.isReady },
                plannedConnections: readers.count + planned.count,
                objectCount: host.tally.totalCount, byteCount: host.tally.totalByteCount))
        host.loop.schedule(afterMilliseconds: 250) { [weak self] in self?.report() }
    }

    // MARK: Figures

    private func makeResult() -> BenchResult {
        var result = BenchResult(scenario: scenario, target: target)
        result.draft = (readers.first ?? publishers.first)?.draftNumber
        result.implementation = (readers.first ?? publishers.first)?.peerImplementation
        result.connections = host.connections.count
        result.failedConnections = host.failedCount
        result.leftConnections = host.leftCount
        result.problem = problem ?? (isInterrupted ? "interrupted" : nil)
        result.firstFailure = host.firstFailure
        result.wallMicroseconds = (atEnd.wall &- atStart.wall) / 1000
        result.ownMicroseconds = atEnd.own &- atStart.own
        result.largestLag = pulse.largestLag
        if let before = atStart.relay, let after = atEnd.relay {
            result.relayMicroseconds = after.cpuMicroseconds &- before.cpuMicroseconds
            result.relayResidentBytes = after.residentByteCount
            result.relayPeakResidentBytes = max(largestResident, after.residentByteCount)
            if namespaces.acceptedCount > 0 {
                result.residentPerNamespace =
                    (Double(after.residentByteCount) - Double(before.residentByteCount))
                    / Double(namespaces.acceptedCount)
            }
        }
        if let before = relayBefore, let joined = relayJoined {
            result.relayResidentBefore = before.residentByteCount
            result.relayResidentJoined = joined.residentByteCount
        }
        result.classes = host.tally.classes
        result.connectTime = host.tally.connectTime
        result.joinTime = host.tally.joinTime
        result.offered = pulse.windowCounts.reduce(0, +)
        result.expected = expectedOfHealthy()
        result.churnSubscribes = churner?.subscribeCount
        result.churnAccepted = churner?.acceptedCount
        if namespaces.count > 0 { result.namespacesAccepted = namespaces.acceptedCount }
        result.notifyTime = namespaces.notifyTime
        return result
    }

    /// Objects that the healthy readers together should have received of the window.
    private func expectedOfHealthy() -> UInt64 {
        if target.carrier == .floor {
            return UInt64(
                (scenario.objectsPerSecond * scenario.seconds * Double(scenario.subscribers)).rounded(.down))
        }
        var sum: UInt64 = 0
        for index in 0..<scenario.subscribers {
            for offset in 0..<min(scenario.subscriptions, tracks.count) {
                sum += pulse.windowCounts[(index * scenario.subscriptions + offset) % tracks.count]
            }
        }
        return sum
    }
}
