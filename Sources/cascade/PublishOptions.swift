import MOQTModel
import Media
import Tooling

/// The command line of `cascade publish`.
struct PublishOptions {
    enum Start: String, CaseIterable { case now, subscriber }

    var common: CommonOptions
    var namespace: TrackNamespace
    var track: [UInt8]
    var input: String
    var framing: Framing
    var start: Start?
    var pushes: Bool
    var pace: Pace?
    var groupSize: UInt64
    var subgroupCount: UInt64
    var usesDatagrams: Bool
    var priority: UInt8?
    var firstGroup: UInt64?
    var chunkByteCount: Int
    var stampsTime: Bool
    var timeout: UInt64?

    /// Milliseconds for which a pipe's first objects wait for subscribers that are waiting for us.
    static let pipeGrace: UInt64 = 500

    static let syntax = CommandSyntax(
        name: "cascade publish", summary: "Publishes a file or a pipe as a track.",
        details: [
            "Announces the namespace, answers whoever subscribes, and ends the track at the end of its input: then it "
                + "waits until everything is delivered and exits.",
            "When the relay goes away (GOAWAY) it moves to where that says, or to the same URL again, and serves the "
                + "old relay until that needs it no longer; when a relay dies it connects again and announces anew.",
            "--framing says what an object is: 'lines' (one per line), 'length' (each behind 4 bytes of length, "
                + "big-endian), 'raw' (chunks of bytes, which come out as they went in), or 'fmp4' (fragmented MP4: a "
                + "catalog track and one track per audio and video track, one object per fragment, a group per keyframe).",
        ],
        operands: [CommonOptions.operand],
        options: [
            .value(
                "namespace", "A/B", "The track's namespace: fields separated by '/', any other byte as %xx."),
            .value("track", "NAME", "The track's name; with fmp4 the catalog's, by default 'catalog'."),
            .value("input", "FILE", "What to publish; '-' (the default) is standard input."),
            .value("framing", "KIND", "lines, length, raw or fmp4. Default: raw."),
            .value(
                "start", "WHEN",
                "'subscriber': read when the first subscriber asks (default for a file); 'now': at "
                    + "once (default for a pipe, which gives subscribers half a second to come)."),
            .flag("push", "Offer the tracks by PUBLISH instead of announcing the namespace."),
            .value(
                "rate", "PACE",
                "Objects per second (30), bits (5Mbit) or bytes per second (2MB), 'realtime' (fmp4) or 'max'. "
                    + "Default: realtime for an fmp4 file, max for an fmp4 pipe, 40Mbit otherwise."),
            .value("timeout", "TIME", "Give up when nobody has subscribed after this time. Default: never."),
            .value(
                "group-size", "N", "Objects per group (lines, length, raw). Default: 64.", section: "Objects"),
            .value(
                "subgroups", "N", "Streams per group, over which objects are dealt. Default: 1.",
                section: "Objects"),
            .flag(
                "datagrams", "Send objects as datagrams; large or unlucky ones are lost.", section: "Objects"),
            .value("chunk", "SIZE", "Bytes per object (raw). Default: 16k.", section: "Objects"),
            .value(
                "priority", "0-255", "Publisher priority; 0 is the most urgent. Default: 128.",
                section: "Objects"),
            .value(
                "first-group", "N",
                "Number of the first group. Default: 0 for a file, the time in milliseconds for a "
                    + "pipe, so that a restarted publisher goes on behind its old groups.", section: "Objects"
            ),
            .flag(
                "no-timestamps", "Do not say when an object was captured; subscribers show no latency then.",
                section: "Objects"),
        ] + [CommonOptions.reconnecting, CommonOptions.redirecting] + CommonOptions.syntax,
        examples: [
            (
                comment: "Ten lines:",
                command:
                    "seq 10 | cascade publish moqt://localhost:4443/ --insecure --namespace demo --track n --framing lines"
            ),
            (
                comment: "A camera (any ffmpeg input), live:",
                command: "ffmpeg -i INPUT -c:v libx264 -tune zerolatency -c:a aac -f mp4 -movflags "
                    + "+empty_moov+default_base_moof+frag_every_frame - | cascade publish https://relay.example/ "
                    + "--namespace live/me --framing fmp4"
            ),
        ])

    init(_ arguments: Arguments) throws(UsageError) {
        common = try CommonOptions(arguments, url: arguments.operands[0])
        namespace = try NamespaceText.namespace(arguments.requiredString("namespace"))
        if namespace.fields.isEmpty { throw UsageError("--namespace must have at least one field") }
        framing = try arguments.choice("framing", Framing.self) ?? .raw
        let named = framing == .fmp4 ? arguments.string("track") ?? MSFCatalog.trackName : nil
        track = try NamespaceText.trackName(try Self.trackText(arguments, named))
        input = arguments.string("input") ?? "-"
        start = try arguments.choice("start", Start.self)
        pushes = arguments.has("push")
        pace = nil
        if let text = arguments.string("rate") { pace = try Pace(text) }
        if pace == .realTime, framing != .fmp4 { throw UsageError("--rate realtime needs --framing fmp4") }
        groupSize = try arguments.integer("group-size", in: 1...1_000_000) ?? 64
        subgroupCount = try arguments.integer("subgroups", in: 1...64) ?? 1
        usesDatagrams = arguments.has("datagrams")
        if usesDatagrams, framing == .fmp4 { throw UsageError("--datagrams does not go with --framing fmp4") }
        priority = try arguments.integer("priority")
        firstGroup = try arguments.integer("first-group", in: 0...(1 << 62 - 1))
        chunkByteCount = try arguments.byteCount("chunk") ?? RecordReader.defaultChunkByteCount
        guard (1...RecordReader.defaultMaximumByteCount).contains(chunkByteCount) else {
            throw UsageError("--chunk wants 1 to 16M bytes")
        }
        stampsTime = !arguments.has("no-timestamps")
        timeout = try arguments.milliseconds("timeout")
    }

    /// `--track`, unless the framing has a name of its own.
    static func trackText(_ arguments: Arguments, _ named: String?) throws(UsageError) -> String {
        if let named { return named }
        return try arguments.requiredString("track")
    }

    /// What is said of every track of the publication.
    var properties: TrackProperties {
        var properties = TrackProperties()
        properties.defaultPublisherPriority = priority
        return properties
    }

    func name(_ track: [UInt8]) -> FullTrackName { FullTrackName(namespace: namespace, name: track) }
}
