/// The numbers of setup options, a space of their own. They never moved.
enum SetupOptionType {
    static let path: UInt64 = 0x01
    static let maxRequestID: UInt64 = 0x02
    static let authorizationToken: UInt64 = 0x03
    static let maxAuthTokenCacheSize: UInt64 = 0x04
    static let authority: UInt64 = 0x05
    static let maxFilterRanges: UInt64 = 0x06
    static let implementation: UInt64 = 0x07
    static let maxRequestUpdates: UInt64 = 0x08
}
