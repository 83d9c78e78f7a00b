import Containers
import QUICTransport
import RelayCore

/// The relay's one routing machine and its timer; it lives on shard 0's loop.
final class ControlPlane {
    let relay: Relay
    private let loop: EventLoop
    private var timer = LoopTimer()
    private var isHandling = false
    private var waiting: [RelayInput] = []
    /// Carries an action to its shard.
    var dispatch: (RelayAction) -> Void = { _ in }

    init(limits: RelayLimits, loop: EventLoop) {
        relay = Relay(limits: limits)
        self.loop = loop
    }

    /// Inputs that come up while actions are being carried out wait their turn, so that actions keep the
    /// order in which the machine decided on them.
    func handle(_ input: RelayInput) {
        waiting.append(input)
        if isHandling { return }
        isHandling = true
        while !waiting.isEmpty {
            let inputs = waiting
            waiting.removeAll(keepingCapacity: true)
            for input in inputs {
                relay.handle(input, now: loop.now)
                relay.drainActions(dispatch)
            }
        }
        isHandling = false
        armTimer()
    }

    private func armTimer() {
        timer.move(to: relay.nextDeadline ?? .distantFuture, on: loop, { [unowned self] in timerFired() })
    }

    private func timerFired() {
        timer.fired()
        relay.timeout(now: loop.now)
        relay.drainActions(dispatch)
        armTimer()
    }
}
