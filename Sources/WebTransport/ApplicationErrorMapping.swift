/// The mapping between a WebTransport application's stream error codes and the range of HTTP/3 codes that is
/// reserved for them (draft-ietf-webtrans-http3 section 4.4). One base serves all drafts.
public enum ApplicationErrorMapping {
    /// The HTTP/3 codes of the application codes 0 and 0xffff_ffff.
    static let first: UInt64 = 0x52e4_a40f_a8db
    static let last: UInt64 = 0x52e5_ac98_3162

    /// The HTTP/3 code for an application's code. Codes end at 32 bits; a larger one, which no peer could be
    /// told, becomes 0xffff_ffff.
    public static func http3Code(for code: UInt64) -> UInt64 {
        let code = min(code, UInt64(UInt32.max))
        return first + code + code / 0x1e
    }

    /// The application's code behind an HTTP/3 code; nil outside the range and for the reserved codes
    /// (0x1f * n + 0x21) within it.
    public static func applicationCode(for code: UInt64) -> UInt64? {
        guard code >= first, code <= last, (code - 0x21) % 0x1f != 0 else { return nil }
        let shifted = code - first
        return shifted - shifted / 0x1f
    }
}
