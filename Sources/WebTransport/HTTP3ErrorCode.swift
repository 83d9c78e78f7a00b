/// The error codes of HTTP/3 (RFC 9114 section 8.1), QPACK (RFC 9204 section 6), HTTP datagrams (RFC 9297
/// section 5.2) and WebTransport (draft-ietf-webtrans-http3 section 9.5), as they stand on the wire.
struct HTTP3ErrorCode: Hashable, Sendable {
    let rawValue: UInt64

    init(_ rawValue: UInt64) { self.rawValue = rawValue }

    static let noError = HTTP3ErrorCode(0x0100)
    static let streamCreationError = HTTP3ErrorCode(0x0103)
    static let closedCriticalStream = HTTP3ErrorCode(0x0104)
    static let frameUnexpected = HTTP3ErrorCode(0x0105)
    static let frameError = HTTP3ErrorCode(0x0106)
    static let excessiveLoad = HTTP3ErrorCode(0x0107)
    static let idError = HTTP3ErrorCode(0x0108)
    static let settingsError = HTTP3ErrorCode(0x0109)
    static let missingSettings = HTTP3ErrorCode(0x010a)
    static let requestRejected = HTTP3ErrorCode(0x010b)
    static let requestCancelled = HTTP3ErrorCode(0x010c)
    static let requestIncomplete = HTTP3ErrorCode(0x010d)
    static let messageError = HTTP3ErrorCode(0x010e)

    static let qpackDecompressionFailed = HTTP3ErrorCode(0x0200)
    static let qpackEncoderStreamError = HTTP3ErrorCode(0x0201)
    static let qpackDecoderStreamError = HTTP3ErrorCode(0x0202)

    static let datagramError = HTTP3ErrorCode(0x33)

    static let bufferedStreamRejected = HTTP3ErrorCode(0x3994_bd84)
    static let sessionGone = HTTP3ErrorCode(0x170d_7b68)
    static let alpnError = HTTP3ErrorCode(0x0817_b3dd)
    static let requirementsNotMet = HTTP3ErrorCode(0x212c_0d48)
}
