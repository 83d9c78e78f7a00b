import Containers
import MOQTModel

/// Decides which byte of its subscriptions a peer's connection sends next.
///
/// Asked at packet time (`next`), so priorities and cancellation act on everything that has not left. After
/// `next` returned `bytes` or `open`, report what became of it before anything else happens on this shard.
public final class DeliveryScheduler {
    public let limits: DeliveryLimits
    /// Chosen by the owner: finds the peer when `LogShard.wakeReaders` names this scheduler.
    public var context: UInt64

    public init(context: UInt64 = 0, limits: DeliveryLimits = DeliveryLimits()) {
        self.context = context
        self.limits = limits
    }

    /// Starts delivering `log` to this peer. False when the id is in use.
    @discardableResult
    public func addSubscription(_ subscription: DeliverySubscription, to log: TrackLog) -> Bool { false }

    /// Changes range, priority, order, forward state or timeouts (REQUEST_UPDATE); shape and context stay.
    @discardableResult
    public func updateSubscription(
        id: UInt64, _ change: (inout DeliverySubscription) -> Void
    ) -> Bool { false }

    /// Ends a subscription; its streams come out of `next` as resets. Returns the number of streams opened.
    @discardableResult
    public func removeSubscription(_ id: UInt64, code: StreamResetCode = .cancelled) -> UInt64? { nil }

    /// What to do next. `payloads` is replaced by the bytes of a `bytes` step (its capacity is reused).
    public func next(into payloads: inout [Payload], now: Instant) -> DeliveryStep { .nothing }

    /// The stream exists; `header` (the encoded subgroup header) leaves in front of its objects.
    public func streamOpened(_ token: DeliveryStreamToken, header: Payload) {}

    /// The peer allows no further stream now; nothing is opened until `streamCreditGranted`.
    public func noStreamCredit(_ token: DeliveryStreamToken) {}
    public func streamCreditGranted() {}

    /// The transport took the first `byteCount` bytes of the last step, and its FIN.
    public func accepted(_ token: DeliveryStreamToken, byteCount: Int, fin: Bool) {}

    /// No flow-control credit: the stream is not offered until `unblocked`.
    public func blocked(_ token: DeliveryStreamToken) {}
    public func unblocked(_ token: DeliveryStreamToken) {}

    /// The peer sent STOP_SENDING: the rest of this subgroup is skipped; the transport has reset the stream.
    public func stopped(_ token: DeliveryStreamToken) {}

    /// The transport has forgotten the stream.
    public func streamClosed(_ token: DeliveryStreamToken) {}

    /// Looks at age budgets and timeouts of subscriptions to which nothing happens; call it a few times a
    /// second. True when `next` has something.
    public func checkDeadlines(now: Instant) -> Bool { false }

    /// Leaves all logs; nothing comes out of `next` afterwards.
    public func removeAll() {}
}
