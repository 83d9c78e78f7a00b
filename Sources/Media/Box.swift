/// One box inside a buffer: bounds-checked reads of its content, and its children.
struct Box {
    let type: FourCC
    /// The buffer that holds it; shared, not copied.
    let buffer: [UInt8]
    /// The whole box, header included.
    let range: Range<Int>
    /// Where its content begins.
    let contentStart: Int

    /// Bytes of content.
    var count: Int { range.upperBound - contentStart }
    /// The whole box as bytes of its own.
    var bytes: [UInt8] { Array(buffer[range]) }

    /// The boxes one after another from `offset` (relative to the content) to this box's end. Throws when
    /// one of them does not fit.
    func children(from offset: Int = 0) throws(MediaError) -> [Box] {
        try Box.list(in: buffer, contentStart + offset..<range.upperBound)
    }

    /// The boxes that fill `range` of `buffer`.
    static func list(in buffer: [UInt8], _ range: Range<Int>) throws(MediaError) -> [Box] {
        var boxes: [Box] = []
        var offset = range.lowerBound
        while offset < range.upperBound {
            guard let header = try BoxHeader.parse(buffer, at: offset),
                header.byteCount <= range.upperBound - offset
            else { throw MediaError("a box does not fit into the one around it") }
            boxes.append(
                Box(
                    type: header.type, buffer: buffer, range: offset..<offset + header.byteCount,
                    contentStart: offset + header.headerByteCount))
            if boxes.count > 10_000 { throw MediaError("a box holds too many others") }
            offset += header.byteCount
        }
        return boxes
    }

    /// A big-endian number of `width` bytes (at most 8) at `offset` of the content.
    func number(at offset: Int, width: Int) throws(MediaError) -> UInt64 {
        guard offset >= 0, width <= count, offset <= count - width else {
            throw MediaError("box '\(type)' is too short")
        }
        let start = contentStart + offset
        return buffer[start..<start + width].reduce(0) { $0 << 8 | UInt64($1) }
    }

    func uint32(at offset: Int) throws(MediaError) -> UInt32 {
        UInt32(truncatingIfNeeded: try number(at: offset, width: 4))
    }

    /// `count` bytes at `offset` of the content.
    func slice(at offset: Int, count wanted: Int) throws(MediaError) -> ArraySlice<UInt8> {
        guard offset >= 0, wanted >= 0, wanted <= count, offset <= count - wanted else {
            throw MediaError("box '\(type)' is too short")
        }
        return buffer[contentStart + offset..<contentStart + offset + wanted]
    }

    /// A full box's version.
    func version() throws(MediaError) -> UInt8 { UInt8(truncatingIfNeeded: try number(at: 0, width: 1)) }
    /// A full box's flags.
    func flags() throws(MediaError) -> UInt32 { try uint32(at: 0) & 0xFF_FFFF }

    /// A box made of `content`.
    static func make(_ type: FourCC, _ content: [UInt8]) -> [UInt8] {
        bigEndian(UInt32(truncatingIfNeeded: content.count + 8)) + type.bytes + content
    }

    static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}

extension [Box] {
    func first(_ type: FourCC) -> Box? { first { $0.type == type } }

    /// The only sensible box of this type, or an error that names it.
    func required(_ type: FourCC, in parent: FourCC) throws(MediaError) -> Box {
        guard let box = first(type) else { throw MediaError("box '\(parent)' has no '\(type)'") }
        return box
    }
}
