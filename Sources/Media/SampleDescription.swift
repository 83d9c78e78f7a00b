/// What a sample entry (a child of `stsd`) says of the codec.
struct SampleDescription {
    var codec: String
    var width: Int?
    var height: Int?
    var sampleRate: Int?
    var channelCount: Int?
    var maximumBitrate: Int?
    var averageBitrate: Int?

    init(entry: Box, kind: MovieTrack.Kind) throws(MediaError) {
        codec = entry.type.description
        var boxes: [Box] = []
        switch kind {
        case .video:
            width = Int(try entry.number(at: 24, width: 2))
            height = Int(try entry.number(at: 26, width: 2))
            boxes = try entry.children(from: 78)
        case .audio:
            channelCount = Int(try entry.number(at: 16, width: 2))
            sampleRate = Int(try entry.number(at: 24, width: 2))
            boxes = try entry.children(from: 28)
        case .other:
            return
        }
        if let rates = boxes.first("btrt") {
            maximumBitrate = Self.known(try rates.uint32(at: 4))
            averageBitrate = Self.known(try rates.uint32(at: 8))
        }
        if let name = try CodecName.make(entry: entry.type, boxes: boxes) { codec = name }
        if let elementary = boxes.first("esds"), let rates = try CodecName.elementaryBitrates(elementary) {
            maximumBitrate = maximumBitrate ?? Self.known(rates.maximum)
            averageBitrate = averageBitrate ?? Self.known(rates.average)
            channelCount = try CodecName.elementaryChannelCount(elementary) ?? channelCount
        }
        // Opus and FLAC keep rates that do not fit 16 bits in boxes of their own.
        if let opus = boxes.first("dOps") { channelCount = Int(try opus.number(at: 1, width: 1)) }
    }

    private static func known(_ rate: UInt32) -> Int? { rate == 0 || rate == .max ? nil : Int(rate) }
}
