import Containers

/// A connection's one timer, allocated once and moved after every write.
final class ConnectionTimer {
    weak var owner: QUICConnection?
    private unowned let loop: EventLoop
    @exclusivity(unchecked) private var timer: TimerID?
    @exclusivity(unchecked) private var deadline = Instant.distantFuture

    init(loop: EventLoop) {
        self.loop = loop
        timer = loop.schedule(at: .distantFuture) { [unowned self] in
            deadline = .distantFuture
            owner?.timerFired()
        }
    }

    func set(_ new: Instant) {
        guard new != deadline, let timer else { return }
        deadline = new
        loop.reschedule(timer, at: new)
    }

    func cancel() {
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    deinit { cancel() }
}
