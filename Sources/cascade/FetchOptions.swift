import MOQTModel
import Media
import Tooling

/// The command line of `cascade fetch`.
struct FetchOptions {
    var common: CommonOptions
    var track: FullTrackName
    var start: Location
    var endGroup: UInt64
    /// nil = the whole group.
    var endObject: UInt64?
    var order: GroupOrder
    var output: String
    var framing: Framing
    var timeout: UInt64
    var priority: UInt8?

    static let syntax = CommandSyntax(
        name: "cascade fetch", summary: "Fetches past objects of a track and writes them.",
        details: [
            "Asks for the objects from --from to --to, both included, as far as they have been published and the "
                + "relay still keeps them, writes them in order, and ends.",
            "Places are GROUP.OBJECT; a group alone means its first object in --from and all of it in --to.",
        ],
        operands: [CommonOptions.operand],
        options: [
            .value(
                "namespace", "A/B", "The track's namespace: fields separated by '/', any other byte as %xx."),
            .value("track", "NAME", "The track's name."),
            .value("from", "G.O", "The first object."),
            .value("to", "G.O", "The last object."),
            .value("order", "ORDER", "ascending or descending, by group. Default: ascending."),
            .value("output", "FILE", "Where to write; '-' (the default) is standard output."),
            .value("framing", "KIND", "lines, length or raw. Default: raw."),
            .value("timeout", "TIME", "Give up when nothing has come for this long. Default: 10s."),
            .value("priority", "0-255", "Subscriber priority; 0 is the most urgent. Default: 128."),
        ] + [CommonOptions.redirecting] + CommonOptions.syntax,
        examples: [
            (
                comment: "The first three groups as lines:",
                command:
                    "cascade fetch moqt://localhost:4443/ --insecure --namespace demo --track n --from 0 --to 2 --framing lines"
            )
        ])

    /// `--order` by its words.
    private enum Order: String, CaseIterable {
        case ascending
        case descending
    }

    init(_ arguments: Arguments) throws(UsageError) {
        common = try CommonOptions(arguments, url: arguments.operands[0])
        let namespace = try NamespaceText.namespace(arguments.requiredString("namespace"))
        if namespace.fields.isEmpty { throw UsageError("--namespace must have at least one field") }
        track = FullTrackName(
            namespace: namespace, name: try NamespaceText.trackName(arguments.requiredString("track")))
        let from = try Self.place(arguments, "from")
        let to = try Self.place(arguments, "to")
        start = Location(group: from.group, object: from.object ?? 0)
        endGroup = to.group
        endObject = to.object
        if Location(group: endGroup, object: endObject ?? .max) < start {
            throw UsageError("--to lies before --from")
        }
        order = try arguments.choice("order", Order.self) == .descending ? .descending : .ascending
        output = arguments.string("output") ?? "-"
        framing = try arguments.choice("framing", Framing.self) ?? .raw
        if framing == .fmp4 { throw UsageError("fetch knows the framings lines, length and raw") }
        timeout = try arguments.milliseconds("timeout") ?? 10_000
        priority = try arguments.integer("priority")
    }

    private static func place(
        _ arguments: Arguments, _ name: String
    ) throws(UsageError) -> (group: UInt64, object: UInt64?) {
        let text = try arguments.requiredString(name)
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count <= 2, let first = parts.first, let group = UInt64(first) {
            if parts.count == 1 { return (group, nil) }
            if let object = UInt64(parts[1]) { return (group, object) }
        }
        throw UsageError(
            "--\(name) wants GROUP.OBJECT or GROUP, such as 12.0, not '\(Printable.escaped(text, limit: 40))'"
        )
    }
}
