import Containers

/// A connection's one timer, allocated once and moved after every write.
///
/// A deadline that moves away, as it does with every acknowledgement, costs nothing: the loop's timer stays where
/// it is, and is moved when it gets there.
final class ConnectionTimer {
    /// It owns the timer, so it lives longer.
    unowned(unsafe) var owner: QUICConnection?
    /// When the owner wants to be called.
    @exclusivity(unchecked) private(set) var deadline = Instant.distantFuture
    private let loop: EventLoop
    @exclusivity(unchecked) private var timer: TimerID?
    /// What the loop knows; never later than `deadline`.
    @exclusivity(unchecked) private var armed = Instant.distantFuture

    init(loop: EventLoop) {
        self.loop = loop
        timer = loop.addTimer { [unowned(unsafe) self] in fired() }
    }

    func set(_ new: Instant) {
        deadline = new
        if new < armed { arm(new) }
    }

    func cancel() {
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    deinit { cancel() }

    private func fired() {
        armed = .distantFuture
        if deadline > loop.now { return arm(deadline) }
        deadline = .distantFuture
        owner?.timerFired()
    }

    private func arm(_ new: Instant) {
        guard let timer else { return }
        armed = new
        loop.reschedule(timer, at: new)
    }
}
