/// What `tfhd`, `tfdt` and the `trun`s of one `traf` say, resolved against the movie's defaults.
struct TrackRun {
    /// One `trun`: its box, where its samples' bytes lie relative to the `moof`'s first byte, how many.
    struct Part {
        var box: Box
        var hasDataOffset: Bool
        var dataStart: Int
        var dataByteCount: Int
    }

    var trackID: UInt32
    var header: Box
    var headerFlags: UInt32
    var decodeTime: UInt64
    var startsWithSync: Bool
    var duration: UInt64
    var sampleCount: Int
    var parts: [Part]
    /// Every child of the `traf`, in order.
    var boxes: [Box]

    /// More samples than this in one fragment are refused.
    static let maximumSampleCount = 1_000_000
    /// `sample_is_non_sync_sample` (ISO/IEC 14496-12 section 8.8.3.1).
    private static let nonSync: UInt32 = 0x0001_0000

    /// `filePosition`: where the `moof` begins in the file, for the old way of addressing data. `fallbackStart`:
    /// where data lies when nothing says so, relative to the `moof`.
    init(
        traf: Box, tracks: [MovieTrack], filePosition: UInt64, fallbackStart: Int
    ) throws(MediaError) {
        boxes = try traf.children()
        header = try boxes.required("tfhd", in: "traf")
        let flags = try header.flags()
        headerFlags = flags
        let id = try header.uint32(at: 4)
        trackID = id
        guard let track = tracks.first(where: { $0.id == id }) else {
            throw MediaError("a fragment belongs to track \(id), which the movie does not have")
        }
        var offset = 8
        var base = 0
        if flags & 0x1 != 0 {
            let absolute = try header.number(at: offset, width: 8)
            guard absolute >= filePosition, absolute - filePosition <= UInt64(Int32.max) else {
                throw MediaError("a fragment's data lies outside the fragment")
            }
            base = Int(absolute - filePosition)
            offset += 8
        }
        if flags & 0x2 != 0 { offset += 4 }
        var defaults = (track.defaultSampleDuration, track.defaultSampleSize, track.defaultSampleFlags)
        if flags & 0x8 != 0 {
            defaults.0 = try header.uint32(at: offset)
            offset += 4
        }
        if flags & 0x10 != 0 {
            defaults.1 = try header.uint32(at: offset)
            offset += 4
        }
        if flags & 0x20 != 0 { defaults.2 = try header.uint32(at: offset) }

        decodeTime = 0
        if let time = boxes.first("tfdt") {
            decodeTime = try time.number(at: 4, width: try time.version() == 1 ? 8 : 4)
        }
        startsWithSync = false
        duration = 0
        sampleCount = 0
        parts = []
        var next = flags & 0x1 != 0 ? base : fallbackStart
        for box in boxes where box.type == "trun" {
            let run = try Samples(box, defaults: defaults)
            if sampleCount == 0, run.count > 0 { startsWithSync = run.firstFlags & Self.nonSync == 0 }
            sampleCount += run.count
            guard sampleCount <= Self.maximumSampleCount else {
                throw MediaError("a fragment has too many samples")
            }
            duration &+= run.duration
            if let dataOffset = run.dataOffset { next = base + dataOffset }
            parts.append(
                Part(
                    box: box, hasDataOffset: run.dataOffset != nil, dataStart: next,
                    dataByteCount: run.byteCount))
            next += run.byteCount
        }
    }

    /// Totals over one `trun`'s sample table.
    private struct Samples {
        var count: Int
        var dataOffset: Int?
        var byteCount = 0
        var duration: UInt64 = 0
        var firstFlags: UInt32

        init(_ box: Box, defaults: (duration: UInt32, size: UInt32, flags: UInt32)) throws(MediaError) {
            let flags = try box.flags()
            let declared = Int(try box.uint32(at: 4))
            guard declared <= TrackRun.maximumSampleCount else {
                throw MediaError("a fragment has too many samples")
            }
            count = declared
            var offset = 8
            if flags & 0x1 != 0 {
                dataOffset = Int(Int32(bitPattern: try box.uint32(at: offset)))
                offset += 4
            }
            firstFlags = defaults.flags
            let hasFirstFlags = flags & 0x4 != 0
            if hasFirstFlags {
                firstFlags = try box.uint32(at: offset)
                offset += 4
            }
            let hasTable = flags & 0x700 != 0
            if !hasTable {
                byteCount = declared * Int(defaults.size)
                duration = UInt64(declared) * UInt64(defaults.duration)
            } else {
                for index in 0..<declared {
                    var (sampleDuration, sampleSize) = (defaults.duration, defaults.size)
                    if flags & 0x100 != 0 {
                        sampleDuration = try box.uint32(at: offset)
                        offset += 4
                    }
                    if flags & 0x200 != 0 {
                        sampleSize = try box.uint32(at: offset)
                        offset += 4
                    }
                    if flags & 0x400 != 0 {
                        if index == 0, !hasFirstFlags { firstFlags = try box.uint32(at: offset) }
                        offset += 4
                    }
                    if flags & 0x800 != 0 { offset += 4 }
                    duration &+= UInt64(sampleDuration)
                    byteCount += Int(sampleSize)
                }
            }
            guard byteCount <= Int(Int32.max) else { throw MediaError("a fragment claims too many bytes") }
        }
    }
}
