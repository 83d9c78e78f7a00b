/// The start of an ISO base media file format box (ISO/IEC 14496-12 section 4.2).
struct BoxHeader: Equatable {
    var type: FourCC
    /// Bytes of the header itself: 8, or 16 with a 64-bit size.
    var headerByteCount: Int
    /// Bytes of the whole box.
    var byteCount: Int

    /// Reads the header at `offset`; nil when its bytes are not all there yet. Throws for a size that cannot
    /// be, or for "until the end of the file", which no fragment can have.
    static func parse(_ bytes: [UInt8], at offset: Int) throws(MediaError) -> BoxHeader? {
        guard offset >= 0, bytes.count - offset >= 8 else { return nil }
        func number(_ start: Int, _ count: Int) -> UInt64 {
            bytes[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
        let small = number(offset, 4)
        let type = FourCC(rawValue: UInt32(truncatingIfNeeded: number(offset + 4, 4)))
        var size = small
        var header = 8
        if small == 1 {
            guard bytes.count - offset >= 16 else { return nil }
            size = number(offset + 8, 8)
            header = 16
        } else if small == 0 {
            throw MediaError("box '\(type)' has no size: this is not a fragmented MP4")
        }
        guard size >= header, size <= UInt64(Int32.max) else {
            throw MediaError("box '\(type)' claims \(size) bytes, which is impossible here")
        }
        return BoxHeader(type: type, headerByteCount: header, byteCount: Int(size))
    }
}
