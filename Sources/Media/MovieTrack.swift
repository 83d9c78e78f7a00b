/// One track of an initialization segment.
public struct MovieTrack: Equatable, Sendable {
    public enum Kind: Sendable { case video, audio, other }

    public var id: UInt32
    public var kind: Kind
    /// Units per second of the track's decode times; never 0.
    public var timescale: UInt32
    /// The codec as browsers name it (`avc1.64001f`, `mp4a.40.2`, `opus`).
    public var codec: String
    /// Pixels; video only.
    public var width: Int?
    public var height: Int?
    /// Hertz; audio only.
    public var sampleRate: Int?
    public var channelCount: Int?
    /// Bits per second, where the file says so.
    public var maximumBitrate: Int?
    public var averageBitrate: Int?

    /// What `trex` says of samples that say nothing themselves.
    var defaultSampleDuration: UInt32
    var defaultSampleSize: UInt32
    var defaultSampleFlags: UInt32
    /// The boxes as they came.
    var trak: [UInt8]
    var trackExtends: [UInt8]

    init(trak box: Box, trackExtends candidates: [Box]) throws(MediaError) {
        let boxes = try box.children()
        let header = try boxes.required("tkhd", in: "trak")
        let idOffset = try header.version() == 1 ? 20 : 12
        let id = try header.uint32(at: idOffset)
        var extends: Box?
        for candidate in candidates where try candidate.uint32(at: 4) == id { extends = candidate }
        guard let extends else { throw MediaError("track \(id) has no 'trex': it cannot have fragments") }
        self.id = id
        trak = box.bytes
        trackExtends = extends.bytes
        defaultSampleDuration = try extends.uint32(at: 12)
        defaultSampleSize = try extends.uint32(at: 16)
        defaultSampleFlags = try extends.uint32(at: 20)

        let media = try boxes.required("mdia", in: "trak").children()
        let mediaHeader = try media.required("mdhd", in: "mdia")
        let scale = try mediaHeader.uint32(at: try mediaHeader.version() == 1 ? 20 : 12)
        guard scale > 0 else { throw MediaError("track \(id) has a timescale of 0") }
        timescale = scale

        let handler = FourCC(rawValue: try media.required("hdlr", in: "mdia").uint32(at: 8))
        let information = try media.required("minf", in: "mdia").children()
        let table = try information.required("stbl", in: "minf").children()
        guard let entry = try table.required("stsd", in: "stbl").children(from: 8).first else {
            throw MediaError("track \(id) says nothing of its codec")
        }
        kind = handler == "vide" ? .video : (handler == "soun" ? .audio : .other)
        let description = try SampleDescription(entry: entry, kind: kind)
        codec = description.codec
        width = description.width
        height = description.height
        sampleRate = description.sampleRate
        channelCount = description.channelCount
        maximumBitrate = description.maximumBitrate
        averageBitrate = description.averageBitrate
    }
}
