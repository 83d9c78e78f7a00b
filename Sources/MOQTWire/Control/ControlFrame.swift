/// One control message as it lies on a stream: its type and its body.
public struct ControlFrame: Equatable, Sendable {
    public var type: UInt64
    /// At most 65535 bytes.
    public var body: [UInt8]

    public init(type: UInt64, body: [UInt8]) {
        self.type = type
        self.body = body
    }
}
