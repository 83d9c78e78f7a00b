import Containers

/// The timers of one loop: actions in slots, deadlines in a heap.
struct TimerTable {
    private struct Slot {
        var generation: UInt32 = 0
        var action: (() -> Void)?
    }

    private var slots: [Slot] = []
    private var free: [Int] = []
    private var heap = DeadlineHeap()

    var earliest: Instant { heap.earliest }

    mutating func add(_ deadline: Instant, _ action: @escaping () -> Void) -> TimerID {
        let slot = free.popLast() ?? slots.count
        if slot == slots.count { slots.append(Slot()) }
        slots[slot].action = action
        let timer = TimerID(slot: slot, generation: slots[slot].generation)
        move(timer, to: deadline)
        return timer
    }

    mutating func move(_ timer: TimerID, to deadline: Instant) {
        guard isLive(timer) else { return }
        if deadline == .distantFuture { heap.remove(timer.slot) } else { heap.set(timer.slot, to: deadline) }
    }

    mutating func remove(_ timer: TimerID) {
        guard isLive(timer) else { return }
        heap.remove(timer.slot)
        slots[timer.slot].action = nil
        slots[timer.slot].generation &+= 1
        free.append(timer.slot)
    }

    /// The action of one timer that is due; the timer sleeps until it is moved again.
    mutating func popExpired(_ now: Instant) -> (() -> Void)? {
        guard let slot = heap.popExpired(now) else { return nil }
        return slots[slot].action
    }

    private func isLive(_ timer: TimerID) -> Bool {
        timer.slot < slots.count && slots[timer.slot].generation == timer.generation
            && slots[timer.slot].action != nil
    }
}
