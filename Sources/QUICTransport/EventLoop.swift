import CQUIC
import Containers
import Glibc

/// One thread's loop: file descriptors, timers, letters from other threads, and work at the end of a turn.
///
/// Everything on it is confined to the thread that calls `run()`; `mailbox` is the only way in from outside.
public final class EventLoop {
    /// Time of the current turn, from CLOCK_MONOTONIC.
    @exclusivity(unchecked) public private(set) var now: Instant
    /// Accepts letters from any thread.
    public let mailbox: Mailbox
    /// Called first in every turn, when `now` has moved and nothing has happened yet.
    @exclusivity(unchecked) public var turnBegan: (() -> Void)?

    private let clock: () -> UInt64
    private let epoll: Int32
    private let wakeUp: Int32
    @exclusivity(unchecked) private var thread: pthread_t?
    @exclusivity(unchecked) private var isStopping = false
    @exclusivity(unchecked) private var needsAnotherTurn = false

    @exclusivity(unchecked) private var timers = TimerTable()
    @exclusivity(unchecked) private var watches: [Watch] = []
    private var freeWatches: [Int] = []
    @exclusivity(unchecked) private var hooks: [TurnHook?] = []
    @exclusivity(unchecked) private var events = [cquic_event](repeating: cquic_event(), count: 64)

    private struct Watch {
        var descriptor: Int32 = -1
        var generation: UInt32 = 0
        var handler: ((Readiness) -> Void)?
    }
    private typealias TurnHook = () -> Void

    /// What `watch` asks for and what its handler is told.
    public struct Readiness: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let readable = Readiness(rawValue: CQUIC_READABLE)
        public static let writable = Readiness(rawValue: CQUIC_WRITABLE)
        /// Error or hang-up; reported without being asked for.
        public static let failed = Readiness(rawValue: CQUIC_FAILED)
    }

    /// Names one watched descriptor.
    public struct WatchID: Hashable, Sendable {
        let index: Int
        let generation: UInt32
    }

    public convenience init() throws(TransportError) { try self.init(clock: cquic_monotonic_ns) }

    /// `clock`: nanoseconds of a monotonic clock. Measurements that must repeat bring their own.
    package init(clock: @escaping () -> UInt64) throws(TransportError) {
        self.clock = clock
        epoll = cquic_epoll_create()
        guard epoll >= 0 else { throw TransportError(.socket, "epoll: \(systemErrorText(epoll))") }
        wakeUp = cquic_eventfd_create()
        guard wakeUp >= 0 else {
            Glibc.close(epoll)
            throw TransportError(.socket, "eventfd: \(systemErrorText(wakeUp))")
        }
        mailbox = Mailbox(wakeUpDescriptor: wakeUp)
        now = Instant(nanoseconds: clock())
        _ = cquic_epoll_add(epoll, wakeUp, CQUIC_READABLE, .max)
    }

    deinit {
        mailbox.close()
        Glibc.close(epoll)
    }

    // MARK: running

    /// Runs turns on the calling thread until `stop()`.
    public func run() {
        thread = pthread_self()
        isStopping = false
        while !isStopping { turn(limit: .distantFuture) }
        thread = nil
    }

    /// Runs turns until `condition` holds or `milliseconds` have passed: for tests and simple tools. Returns
    /// whether the condition held.
    @discardableResult
    public func run(forMilliseconds milliseconds: UInt64, until condition: () -> Bool = { false }) -> Bool {
        thread = pthread_self()
        isStopping = false
        let end = Instant(nanoseconds: clock()).advanced(byMilliseconds: milliseconds)
        while !isStopping {
            if condition() { return true }
            if now >= end { return false }
            turn(limit: end)
        }
        return condition()
    }

    /// Ends `run()` after the current turn. On the loop only; from elsewhere post a letter.
    public func stop() {
        preconditionOnLoop()
        isStopping = true
    }

    /// Stops the process when called from another thread than the running loop's.
    @inline(__always)
    public func preconditionOnLoop() {
        precondition(thread == nil || pthread_equal(thread.unsafelyUnwrapped, pthread_self()) != 0)
    }

    /// Binds the loop to the calling thread before `run()`, so that set-up is checked too.
    func adoptCurrentThread() { thread = pthread_self() }

    /// From any thread: the same as `mailbox.post`.
    public func post(_ letter: @escaping @Sendable () -> Void) { mailbox.post(letter) }

    /// Makes the next turn start at once instead of waiting for an event.
    public func requestTurn() { needsAnotherTurn = true }

    // MARK: timers

    /// Calls `action` once at `deadline`, or in the next turn if that has passed, and forgets it then. Until
    /// then the timer may be moved with `reschedule`.
    @discardableResult
    public func schedule(at deadline: Instant, _ action: @escaping () -> Void) -> TimerID {
        timers.add(deadline, isSingle: true, action)
    }

    /// A timer that sleeps until `reschedule` moves it, fires then, and may be moved again, without allocation,
    /// for as long as it is not cancelled.
    public func addTimer(_ action: @escaping () -> Void) -> TimerID {
        timers.add(.distantFuture, isSingle: false, action)
    }

    /// Like `schedule(at:)`, `milliseconds` after `now`.
    @discardableResult
    public func schedule(afterMilliseconds milliseconds: UInt64, _ action: @escaping () -> Void) -> TimerID {
        timers.add(now.advanced(byMilliseconds: milliseconds), isSingle: true, action)
    }

    /// Timers that have neither fired for the last time nor been cancelled.
    package var timerCount: Int { timers.count }

    /// Moves a timer; `distantFuture` puts it to sleep.
    public func reschedule(_ timer: TimerID, at deadline: Instant) { timers.move(timer, to: deadline) }

    /// Forgets a timer and its action.
    public func cancel(_ timer: TimerID) { timers.remove(timer) }

    // MARK: descriptors

    /// Calls `handler` whenever the descriptor is ready (level-triggered) until `unwatch`. The descriptor stays
    /// the caller's. Throws for descriptors that cannot be polled, such as plain files.
    public func watch(
        _ descriptor: Int32, for readiness: Readiness, _ handler: @escaping (Readiness) -> Void
    ) throws(TransportError) -> WatchID {
        let index = freeWatches.popLast() ?? watches.count
        if index == watches.count { watches.append(Watch()) }
        let id = WatchID(index: index, generation: watches[index].generation)
        let result = cquic_epoll_add(epoll, descriptor, readiness.rawValue, token(id))
        guard result == 0 else {
            freeWatches.append(index)
            throw TransportError(
                .socket, "cannot wait for descriptor \(descriptor): \(systemErrorText(result))")
        }
        watches[index].descriptor = descriptor
        watches[index].handler = handler
        return id
    }

    public func update(_ watch: WatchID, for readiness: Readiness) {
        guard isLive(watch) else { return }
        _ = cquic_epoll_modify(epoll, watches[watch.index].descriptor, readiness.rawValue, token(watch))
    }

    public func unwatch(_ watch: WatchID) {
        guard isLive(watch) else { return }
        _ = cquic_epoll_remove(epoll, watches[watch.index].descriptor)
        watches[watch.index].handler = nil
        watches[watch.index].descriptor = -1
        watches[watch.index].generation &+= 1
        freeWatches.append(watch.index)
    }

    // MARK: end of turn

    /// Calls `hook` at the end of every turn, in order of registration; the result removes it again.
    public func addTurnHook(_ hook: @escaping () -> Void) -> Int {
        if let free = hooks.firstIndex(where: { $0 == nil }) {
            hooks[free] = hook
            return free
        }
        hooks.append(hook)
        return hooks.count - 1
    }

    public func removeTurnHook(_ index: Int) { hooks[index] = nil }

    // MARK: helpers

    private func isLive(_ watch: WatchID) -> Bool {
        watch.index < watches.count && watches[watch.index].generation == watch.generation
            && watches[watch.index].handler != nil
    }

    private func token(_ watch: WatchID) -> UInt64 {
        UInt64(watch.generation) << 32 | UInt64(UInt32(truncatingIfNeeded: watch.index))
    }

    private func turn(limit: Instant) {
        let count = cquic_epoll_wait(epoll, &events, Int32(events.count), timeout(limit: limit))
        now = Instant(nanoseconds: clock())
        turnBegan?()
        if count > 0 {
            for index in 0..<Int(count) { dispatch(events[index]) }
        }
        while let action = timers.popExpired(now) { action() }
        // What was asked for until here is the hooks' to do; what they ask for takes another turn.
        needsAnotherTurn = false
        for index in hooks.indices { hooks[index]?() }
    }

    private func timeout(limit: Instant) -> Int64 {
        if needsAnotherTurn { return 0 }
        let until = min(timers.earliest, limit)
        guard until < .distantFuture else { return -1 }
        let current = clock()
        guard until.nanoseconds > current else { return 0 }
        return Int64(min(until.nanoseconds - current, 3_600_000_000_000))
    }

    private func dispatch(_ event: cquic_event) {
        if event.token == .max {
            _ = cquic_eventfd_clear(wakeUp)
            mailbox.runAll()
            return
        }
        let index = Int(event.token & 0xffff_ffff)
        guard index < watches.count, UInt64(watches[index].generation) == event.token >> 32,
            let handler = watches[index].handler
        else { return }
        handler(Readiness(rawValue: event.flags))
    }
}
