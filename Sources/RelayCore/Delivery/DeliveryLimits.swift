/// How far a subscription may fall behind before it is moved to the newest group.
public struct DeliveryLimits: Hashable, Sendable {
    /// Bytes that wait for one subscription in all its streams together. They lie in the track's log, once for
    /// all subscribers, so the default is what a log holds.
    public var byteCount: UInt64 = 32 * 1024 * 1024
    /// Nanoseconds since the oldest bytes that wait for it arrived. Only a backstop: a publisher or subscriber of
    /// live media says sooner (delivery timeouts).
    public var ageNanoseconds: UInt64 = 120_000_000_000
    /// Streams (open, or waiting to be opened) that one subscription may have.
    public var streamCount = 1024
    /// Nanoseconds that bytes handed out get to arrive before a stream that must not end by FIN is reset.
    public var lingerNanoseconds: UInt64 = 2_000_000_000
    /// Bytes that one step hands out at most.
    public var stepByteCount = 64 * 1024
    /// Payloads that one step hands out at most.
    public var stepPayloadCount = 30

    public init() {}
}
