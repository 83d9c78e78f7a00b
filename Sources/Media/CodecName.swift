/// Codec strings as RFC 6381 and its successors write them, from the configuration boxes.
enum CodecName {
    /// nil: the sample entry's own four letters are all that is known.
    static func make(entry: FourCC, boxes: [Box]) throws(MediaError) -> String? {
        switch entry {
        case "avc1", "avc3":
            guard let box = boxes.first("avcC") else { return nil }
            return "\(entry)." + hex(try box.slice(at: 1, count: 3))
        case "hvc1", "hev1":
            return try boxes.first("hvcC").map { box throws(MediaError) in try hevc(entry, box) }
        case "av01":
            return try boxes.first("av1C").map { box throws(MediaError) in try av1(box) }
        case "vp09":
            guard let box = boxes.first("vpcC") else { return nil }
            let profile = try box.number(at: 4, width: 1)
            let level = try box.number(at: 5, width: 1)
            let depth = try box.number(at: 6, width: 1) >> 4
            return "vp09.\(padded(profile)).\(padded(level)).\(padded(depth))"
        case "mp4a":
            guard let box = boxes.first("esds") else { return nil }
            return try elementaryName(box)
        case "Opus": return "opus"
        case "fLaC": return "flac"
        default: return nil
        }
    }

    /// Bit rates from an `esds` box's DecoderConfigDescriptor (ISO/IEC 14496-1 section 7.2.6.6).
    static func elementaryBitrates(_ box: Box) throws(MediaError) -> (maximum: UInt32, average: UInt32)? {
        guard let start = try decoderConfig(box) else { return nil }
        return (try box.uint32(at: start + 5), try box.uint32(at: start + 9))
    }

    /// Channels by the AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1): the sample entry itself always
    /// says 2.
    static func elementaryChannelCount(_ box: Box) throws(MediaError) -> Int? {
        guard let start = try decoderConfig(box), try box.number(at: start, width: 1) == 0x40,
            let (tag, content, _) = try descriptor(box, at: start + 13), tag == 5
        else { return nil }
        let first = try box.number(at: content, width: 2)
        guard first >> 11 != 31, first >> 7 & 0xF != 15 else { return nil }
        let configuration = Int(first >> 3 & 0xF)
        return (1...6).contains(configuration) ? configuration : (configuration == 7 ? 8 : nil)
    }

    private static func elementaryName(_ box: Box) throws(MediaError) -> String? {
        guard let start = try decoderConfig(box) else { return nil }
        let objectType = try box.number(at: start, width: 1)
        guard objectType == 0x40 else { return "mp4a." + hex([UInt8(truncatingIfNeeded: objectType)]) }
        // The AudioSpecificConfig begins with five bits of audio object type; 31 escapes to six more.
        guard let (tag, content, _) = try descriptor(box, at: start + 13), tag == 5 else { return "mp4a.40" }
        let first = try box.number(at: content, width: 2)
        let type = first >> 11
        return "mp4a.40.\(type == 31 ? 32 + (first >> 5 & 0x3F) : type)"
    }

    /// Offset of the DecoderConfigDescriptor's content.
    private static func decoderConfig(_ box: Box) throws(MediaError) -> Int? {
        guard let (tag, content, _) = try descriptor(box, at: 4), tag == 3 else { return nil }
        let flags = try box.number(at: content + 2, width: 1)
        var offset = content + 3
        if flags & 0x80 != 0 { offset += 2 }
        if flags & 0x40 != 0 { offset += 1 + Int(try box.number(at: offset, width: 1)) }
        if flags & 0x20 != 0 { offset += 2 }
        guard let (inner, start, _) = try descriptor(box, at: offset), inner == 4 else { return nil }
        return start
    }

    /// Tag, offset of the content and its size; the size is a chain of 7-bit digits, at most four.
    private static func descriptor(
        _ box: Box, at offset: Int
    ) throws(MediaError) -> (tag: UInt64, content: Int, count: Int)? {
        guard offset < box.count else { return nil }
        let tag = try box.number(at: offset, width: 1)
        var size = 0
        for digit in 1...4 {
            let byte = Int(try box.number(at: offset + digit, width: 1))
            size = size << 7 | byte & 0x7F
            if byte & 0x80 == 0 { return (tag, offset + digit + 1, size) }
        }
        return nil
    }

    /// ISO/IEC 14496-15 annex E: profile space, profile, compatibility (bits reversed), tier, level, constraints.
    private static func hevc(_ entry: FourCC, _ box: Box) throws(MediaError) -> String {
        let first = try box.number(at: 1, width: 1)
        let space = ["", "A", "B", "C"][Int(first >> 6 & 3)]
        var compatibility = try box.uint32(at: 2)
        var reversed: UInt32 = 0
        for _ in 0..<32 {
            reversed = reversed << 1 | compatibility & 1
            compatibility >>= 1
        }
        var constraints = Array(try box.slice(at: 6, count: 6))
        while constraints.last == 0 { constraints.removeLast() }
        let tier = first & 0x20 == 0 ? "L" : "H"
        let level = try box.number(at: 12, width: 1)
        let tail = constraints.map { "." + String($0, radix: 16, uppercase: true) }.joined()
        let compatible = String(reversed, radix: 16, uppercase: true)
        return "\(entry).\(space)\(first & 0x1F).\(compatible).\(tier)\(level)\(tail)"
    }

    /// The AV1 binding's `av01.P.LLT.DD`.
    private static func av1(_ box: Box) throws(MediaError) -> String {
        let second = try box.number(at: 1, width: 1)
        let third = try box.number(at: 2, width: 1)
        let depth: UInt64 = third & 0x40 == 0 ? 8 : (third & 0x20 == 0 ? 10 : 12)
        let tier = third & 0x80 == 0 ? "M" : "H"
        return "av01.\(second >> 5).\(padded(second & 0x1F))\(tier).\(padded(depth))"
    }

    private static func padded(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
