/// How far a subscription may fall behind before it is moved to the newest group.
public struct DeliveryLimits: Hashable, Sendable {
    /// Bytes that wait for one subscription in all its streams together.
    public var byteCount: UInt64 = 8 * 1024 * 1024
    /// Nanoseconds since the oldest bytes that wait for it arrived.
    public var ageNanoseconds: UInt64 = 10_000_000_000
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
