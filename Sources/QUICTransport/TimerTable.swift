import Containers

/// The timers of one loop: actions in slots, deadlines in a heap.
struct TimerTable {
    private struct Slot {
        var generation: UInt32 = 0
        var action: (() -> Void)?
        /// Its slot is free again as soon as it has fired.
        var isSingle = false
    }

    private var slots: [Slot] = []
    private var free: [Int] = []
    private var heap = DeadlineHeap()

    var earliest: Instant { heap.earliest }
    /// Timers that are not over.
    var count: Int { slots.count - free.count }

    /// `isSingle`: the timer is over when it has fired, else when it is removed.
    mutating func add(_ deadline: Instant, isSingle: Bool, _ action: @escaping () -> Void) -> TimerID {
        let slot = free.popLast() ?? slots.count
        if slot == slots.count { slots.append(Slot()) }
        slots[slot].action = action
        slots[slot].isSingle = isSingle
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
        release(timer.slot)
    }

    /// The action of one timer that is due; a timer that is not over then sleeps until it is moved again.
    mutating func popExpired(_ now: Instant) -> (() -> Void)? {
        guard let slot = heap.popExpired(now) else { return nil }
        defer { if slots[slot].isSingle { release(slot) } }
        return slots[slot].action
    }

    private mutating func release(_ slot: Int) {
        slots[slot].action = nil
        slots[slot].generation &+= 1
        free.append(slot)
    }

    private func isLive(_ timer: TimerID) -> Bool {
        timer.slot < slots.count && slots[timer.slot].generation == timer.generation
            && slots[timer.slot].action != nil
    }
}
