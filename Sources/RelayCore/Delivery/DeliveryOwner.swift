/// Whom a `DeliveryScheduler` serves.
public protocol DeliveryOwner: AnyObject {
    /// A log has something new for the scheduler: ask it again before long. Told at the end of a turn
    /// (`LogShard.wakeReaders`), once until `next` has been called; must not touch a log.
    func deliveryBecameReady()
}
