/// The frame types of HTTP/3 (RFC 9114 section 7.2) that have rules of their own here; all others are
/// skipped, as the RFC demands.
enum HTTP3FrameType {
    static let data: UInt64 = 0x00
    static let headers: UInt64 = 0x01
    static let cancelPush: UInt64 = 0x03
    static let settings: UInt64 = 0x04
    static let pushPromise: UInt64 = 0x05
    static let goaway: UInt64 = 0x07
    static let maxPushID: UInt64 = 0x0d
    /// Not a frame: the signal that makes a bidirectional stream a WebTransport stream.
    static let webTransportStream: UInt64 = 0x41

    /// Left over from HTTP/2 and forbidden everywhere (RFC 9114 section 7.2.8).
    static func isForbidden(_ type: UInt64) -> Bool {
        type == 0x02 || type == 0x06 || type == 0x08 || type == 0x09
    }
}
