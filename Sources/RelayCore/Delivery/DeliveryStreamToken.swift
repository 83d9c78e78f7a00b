/// One outgoing subgroup stream of a `DeliveryScheduler`. A token whose stream has ended is ignored
/// wherever it is used.
public struct DeliveryStreamToken: Hashable, Sendable, BitwiseCopyable {
    /// Index into the scheduler's stream table: small, dense, reused.
    public var slot: UInt32
    var generation: UInt32
}
