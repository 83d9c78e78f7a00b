/// Numbers of control messages. Some serve twice; the codec's tables say which meaning holds.
enum MessageType {
    static let requestUpdate: UInt64 = 0x2
    static let subscribe: UInt64 = 0x3
    static let subscribeOK: UInt64 = 0x4
    /// SUBSCRIBE_ERROR where answers have types of their own.
    static let requestError: UInt64 = 0x5
    static let publishNamespace: UInt64 = 0x6
    /// PUBLISH_NAMESPACE_OK where answers have types of their own.
    static let requestOK: UInt64 = 0x7
    static let publishNamespaceError: UInt64 = 0x8
    static let namespace: UInt64 = 0x8
    static let publishNamespaceDone: UInt64 = 0x9
    static let unsubscribe: UInt64 = 0xA
    static let publishDone: UInt64 = 0xB
    static let publishNamespaceCancel: UInt64 = 0xC
    static let trackStatus: UInt64 = 0xD
    static let trackStatusOK: UInt64 = 0xE
    static let namespaceDone: UInt64 = 0xE
    static let trackStatusError: UInt64 = 0xF
    static let publishSkipped: UInt64 = 0xF
    static let goAway: UInt64 = 0x10
    static let subscribeNamespace: UInt64 = 0x11
    static let subscribeNamespaceOK: UInt64 = 0x12
    static let subscribeNamespaceError: UInt64 = 0x13
    static let unsubscribeNamespace: UInt64 = 0x14
    static let maxRequestID: UInt64 = 0x15
    static let fetch: UInt64 = 0x16
    static let fetchCancel: UInt64 = 0x17
    static let fetchOK: UInt64 = 0x18
    static let fetchError: UInt64 = 0x19
    static let requestsBlocked: UInt64 = 0x1A
    static let publish: UInt64 = 0x1D
    static let publishOK: UInt64 = 0x1E
    static let publishError: UInt64 = 0x1F
    static let clientSetup: UInt64 = 0x20
    static let serverSetup: UInt64 = 0x21
    static let publishStateNotify: UInt64 = 0x22
    static let subscribeNames: UInt64 = 0x50
    static let subscribeTracks: UInt64 = 0x51
    /// Also the type of the stream that it opens.
    static let setup: UInt64 = 0x2F00
}
