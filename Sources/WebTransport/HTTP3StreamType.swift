/// The types of unidirectional streams (RFC 9114 section 6.2, RFC 9204 section 4.2, draft-ietf-webtrans-http3
/// section 4.2).
enum HTTP3StreamType {
    static let control: UInt64 = 0x00
    static let push: UInt64 = 0x01
    static let qpackEncoder: UInt64 = 0x02
    static let qpackDecoder: UInt64 = 0x03
    static let webTransport: UInt64 = 0x54
}
