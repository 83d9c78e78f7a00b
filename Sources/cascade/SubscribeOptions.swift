import MOQTModel
import Media
import Tooling

/// The command line of `cascade subscribe`.
struct SubscribeOptions {
    var common: CommonOptions
    var track: FullTrackName
    var output: String
    var framing: Framing
    var count: UInt64?
    var timeout: UInt64?
    var patience: UInt64
    var priority: UInt8?
    var start: TrackStart

    static let syntax = CommandSyntax(
        name: "cascade subscribe", summary: "Subscribes to a track and writes what comes.",
        details: [
            "Waits for the publisher if it is not there yet, writes objects in the order of the track, and ends by "
                + "itself at the end of the track.",
            "When the relay goes away (GOAWAY) it moves to where that says, or to the same URL again, without losing "
                + "or repeating an object; when a relay dies it connects again and goes on where it was.",
            "With --from it begins in the past, as far as the relay or the publisher still has it; with 'fmp4' that "
                + "holds for each track that the catalog names.",
            "--framing must be the publisher's. With 'fmp4' it reads the catalog, subscribes to the tracks that it "
                + "names, and writes a fragmented MP4 that players can read while it grows.",
        ],
        operands: [CommonOptions.operand],
        options: [
            .value(
                "namespace", "A/B", "The track's namespace: fields separated by '/', any other byte as %xx."),
            .value("track", "NAME", "The track's name; with fmp4 the catalog's, by default 'catalog'."),
            .value("output", "FILE", "Where to write; '-' (the default) is standard output."),
            .value("framing", "KIND", "lines, length, raw or fmp4. Default: raw."),
            .value(
                "from", "PLACE",
                "Where to begin: next-object, next-group, GROUP[.OBJECT], or -N for the group N before the newest "
                    + "(-0: the newest from its beginning). Default: next-object."),
            .value("count", "N", "End after this many objects."),
            .value(
                "timeout", "TIME",
                "Give up when nothing has come for this long, be it the publisher or its next "
                    + "object. Default: never."),
            .value(
                "patience", "TIME",
                "How long objects wait for missing ones in front of them before those are given up. "
                    + "Default: 2s (fmp4), 30s otherwise."),
            .value("priority", "0-255", "Subscriber priority; 0 is the most urgent. Default: 128."),
        ] + [CommonOptions.reconnecting, CommonOptions.redirecting] + CommonOptions.syntax,
        examples: [
            (
                comment: "The last three groups, then what comes:",
                command: "cascade subscribe https://relay.example/ --namespace demo --track n --from -2"
            ),
            (
                comment: "Ten objects as lines:",
                command:
                    "cascade subscribe moqt://localhost:4443/ --insecure --namespace demo --track n --framing lines --count 10"
            ),
            (
                comment: "Watch a live stream:",
                command:
                    "cascade subscribe https://relay.example/ --namespace live/me --framing fmp4 | ffplay -i -"
            ),
        ])

    init(_ arguments: Arguments) throws(UsageError) {
        common = try CommonOptions(arguments, url: arguments.operands[0])
        let namespace = try NamespaceText.namespace(arguments.requiredString("namespace"))
        if namespace.fields.isEmpty { throw UsageError("--namespace must have at least one field") }
        framing = try arguments.choice("framing", Framing.self) ?? .raw
        let named = framing == .fmp4 ? arguments.string("track") ?? MSFCatalog.trackName : nil
        track = FullTrackName(
            namespace: namespace,
            name: try NamespaceText.trackName(try PublishOptions.trackText(arguments, named)))
        output = arguments.string("output") ?? "-"
        count = try arguments.integer("count", in: 1...UInt64.max)
        timeout = try arguments.milliseconds("timeout")
        patience = try arguments.milliseconds("patience") ?? (framing == .fmp4 ? 2_000 : 30_000)
        priority = try arguments.integer("priority")
        if let text = arguments.string("from") {
            start = try TrackStart(text)
        } else {
            start = .nextObject
        }
    }
}
