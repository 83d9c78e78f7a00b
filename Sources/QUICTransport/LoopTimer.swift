import Containers

/// One timer that moves: allocated once, re-armed only when its deadline really changed.
public struct LoopTimer {
    private var id: TimerID?
    private var deadline = Instant.distantFuture

    public init() {}

    /// `distantFuture` puts it to sleep. The action is made once, when the timer is first needed.
    public mutating func move(to wanted: Instant, on loop: EventLoop, _ action: @autoclosure () -> () -> Void)
    {
        if wanted == deadline { return }
        deadline = wanted
        if id == nil, wanted != .distantFuture { id = loop.addTimer(action()) }
        if let id { loop.reschedule(id, at: wanted) }
    }

    /// The timer fired: the next deadline is a new one even if it is equal.
    public mutating func fired() { deadline = .distantFuture }

    /// Forgets the timer and its action.
    public mutating func cancel(on loop: EventLoop) {
        if let id { loop.cancel(id) }
        id = nil
        deadline = .distantFuture
    }
}
