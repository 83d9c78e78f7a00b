/// A subscription that reads a log: where to knock when there is something new.
struct LogReader {
    /// The scheduler leaves the log before it goes (`DeliveryScheduler.deinit`), so the reference is sound
    /// without being counted.
    var scheduler: Unmanaged<DeliveryScheduler>
    /// The subscription's slot in the scheduler.
    var subscription: Int
}
