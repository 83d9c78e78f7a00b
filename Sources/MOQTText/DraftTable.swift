public import MOQTWire

/// What Cascade speaks, draft by draft, as a table for people: made from the rules, so it cannot lie about them.
public enum DraftTable {
    /// A Markdown table with a column per draft, oldest first.
    public static func markdown(_ drafts: [Draft] = Draft.all.reversed()) -> String {
        var lines = [
            line("Draft", drafts.map { String($0.number) }),
            "|---|" + String(repeating: "---|", count: drafts.count),
        ]
        for row in rows { lines.append(line(row.name, drafts.map(row.cell))) }
        return lines.joined(separator: "\n") + "\n"
    }

    private struct Row {
        var name: String
        var cell: (Draft) -> String

        init(name: String, cell: @escaping (Draft) -> String) {
            self.name = name
            self.cell = cell
        }

        /// Something that a draft has or has not.
        init(_ name: String, _ isThere: @escaping (DraftRules) -> Bool = { _ in true }) {
            self.init(name: name) { isThere($0.rules) ? "yes" : "-" }
        }
    }

    private static var rows: [Row] {
        [
            Row(name: "ALPN, WebTransport sub-protocol") {
                $0.rules.versionsInSetup ? "`\($0.alpn)`, none" : "`\($0.alpn)`"
            },
            Row(name: "offered by default") { Draft.offered.contains($0) ? "yes" : "-" },
        ] + requests + subscriptions + namespaces + statements
    }

    private static var requests: [Row] {
        [
            Row("SUBSCRIBE, PUBLISH, FETCH, TRACK_STATUS"),
            Row("each request on a stream of its own") { $0.requestsTravelOn == .bidiStreams },
            Row("MAX_REQUEST_ID, REQUESTS_BLOCKED", \.hasRequestCredit),
            Row("updates of subscriptions"),
            Row("... that let them begin earlier", \.updatesMayMoveStartBack),
            Row("... that let them end later", \.updatesMayMoveEndOut),
            Row("... of every other request", \.everyRequestMayBeUpdated),
            Row("GOAWAY"),
            Row("... with a timeout", \.goAwayCarriesTimeout),
            Row("... for one request", \.goAwayOnRequestStreams),
            Row("REDIRECT", \.requestErrorCarriesRedirect),
            Row("AUTHORIZATION_TOKEN and its aliases"),
        ]
    }

    private static var subscriptions: [Row] {
        [
            Row("subgroups, datagrams"),
            Row("filters: next object, next group, from, range"),
            Row("filters: groups back, end at an object") { $0.filterForm == .fieldCount },
            Row("range filters", \.hasRangeFilters),
            Row("joining FETCH, relative and absolute") { $0.fetchRangeTravelsIn == .fields },
            Row("fills (FILL_PARAMETERS)", \.hasFills),
            Row("INCLUDE_PROPERTIES") { !$0.parameters.includeProperties.isEmpty },
            Row("RENDEZVOUS_TIMEOUT") { !$0.parameters.rendezvousTimeout.isEmpty },
            Row("NEW_GROUP_REQUEST") { !$0.parameters.newGroupRequest.isEmpty },
            Row("PUBLISH_STATE_NOTIFY", \.hasPublishStateNotify),
            Row("delivery timeout of subgroups") { !$0.parameters.subgroupDeliveryTimeout.isEmpty },
            Row("several subscriptions to one track", \.subscriptionsMayRepeat),
        ]
    }

    private static var namespaces: [Row] {
        [
            Row("PUBLISH_NAMESPACE, SUBSCRIBE_NAMESPACE"),
            Row("NAMESPACE, NAMESPACE_DONE") { $0.namespaceAnnouncedAs == .namespaceMessages },
            Row("SUBSCRIBE_TRACKS", \.subscribeTracksIsSeparate),
            Row("PUBLISH_BLOCKED, PUBLISH_SKIPPED", \.hasPublishSkipped),
            Row("reserved namespaces", \.hasReservedNamespaces),
        ]
    }

    private static var statements: [Row] {
        [
            Row("track properties") { $0.trackMetadataTravelsIn == .trackProperties },
            Row("... that must be understood", \.trackPropertiesMayBeMandatory),
            Row("datagrams and subgroups in one track") { !$0.tracksHaveOnePreference },
            Row("padding, received", \.hasPadding),
            Row("GREASE, sent and received", \.hasGrease),
        ]
    }

    private static func line(_ name: String, _ cells: [String]) -> String {
        "| \(name) | " + cells.joined(separator: " | ") + " |"
    }
}
