import RelayCore

/// A scheduler and what is done when it wakes.
final class FanOutReader: DeliveryOwner {
    let scheduler = DeliveryScheduler()
    private let wake: (DeliveryScheduler) -> Void

    init(_ wake: @escaping (DeliveryScheduler) -> Void) {
        self.wake = wake
        scheduler.owner = self
    }

    deinit { scheduler.owner = nil }

    func deliveryBecameReady() { wake(scheduler) }
}
