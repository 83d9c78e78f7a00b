/// The capsules on a CONNECT stream that WebTransport gives a meaning (draft-ietf-webtrans-http3 section 6).
enum Capsule: Equatable, Sendable {
    /// The session is over, with the application's 32-bit code, unmapped, and a message of at most
    /// `maximumReasonByteCount` bytes.
    case close(code: UInt32, reason: String)
    /// Please wind down.
    case drain

    static let maximumReasonByteCount = 1024

    enum CapsuleType {
        static let close: UInt64 = 0x2843
        static let drain: UInt64 = 0x78ae
        /// WT_MAX_STREAM_DATA and WT_STREAM_DATA_BLOCKED: forbidden over HTTP/3, whose streams have their
        /// own flow control (section 5.4).
        static func isForbidden(_ type: UInt64) -> Bool { type == 0x190b_4d3e || type == 0x190b_4d42 }
    }

    /// The capsule as it stands on the wire, without the DATA frame around it.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        switch self {
        case .drain: VarintWriter.appendTyped(CapsuleType.drain, [], to: &bytes)
        case .close(let code, let reason):
            var content = (0..<4).map { UInt8(truncatingIfNeeded: code >> (24 - 8 * UInt32($0))) }
            content.append(contentsOf: Self.cut(reason).utf8)
            VarintWriter.appendTyped(CapsuleType.close, content, to: &bytes)
        }
        return bytes
    }

    /// The longest prefix of whole characters within the limit.
    static func cut(_ reason: String) -> String {
        if reason.utf8.count <= maximumReasonByteCount { return reason }
        var scalars = String.UnicodeScalarView()
        var byteCount = 0
        for scalar in reason.unicodeScalars {
            byteCount += UTF8.width(scalar)
            if byteCount > maximumReasonByteCount { break }
            scalars.append(scalar)
        }
        return String(scalars)
    }
}
