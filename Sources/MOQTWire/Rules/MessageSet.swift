/// The messages in which a parameter is allowed.
public struct MessageSet: OptionSet, BitwiseCopyable, Sendable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let subscribe = MessageSet(rawValue: 1 << 0)
    public static let subscribeOK = MessageSet(rawValue: 1 << 1)
    public static let update = MessageSet(rawValue: 1 << 2)
    public static let publish = MessageSet(rawValue: 1 << 3)
    public static let publishOK = MessageSet(rawValue: 1 << 4)
    public static let trackStatus = MessageSet(rawValue: 1 << 5)
    public static let requestOK = MessageSet(rawValue: 1 << 6)
    public static let subscribeNamespace = MessageSet(rawValue: 1 << 7)
    public static let subscribeTracks = MessageSet(rawValue: 1 << 8)
    public static let publishNamespace = MessageSet(rawValue: 1 << 9)
    public static let fetch = MessageSet(rawValue: 1 << 10)
    public static let fetchOK = MessageSet(rawValue: 1 << 11)
    public static let publishStateNotify = MessageSet(rawValue: 1 << 12)

    public static let all = MessageSet(rawValue: .max)
}
