/// A draft of MoQT that we speak. Not comparable on purpose: code asks `rules`, never "newer than".
public struct Draft: Hashable, Sendable {
    /// The number in the draft's name, for humans, tools and metrics.
    public let number: Int
    public let rules: DraftRules

    init(_ number: Int, _ rules: DraftRules) {
        self.number = number
        self.rules = rules
    }

    public static let draft14 = Draft(14, .draft14)
    public static let draft15 = Draft(15, .draft15)
    public static let draft16 = Draft(16, .draft16)
    public static let draft17 = Draft(17, .draft17)
    public static let draft18 = Draft(18, .draft18)
    public static let draft19 = Draft(19, .draft19)
    public static let draft20 = Draft(20, .draft20)
    public static let draft21 = Draft(21, .draft21)

    /// What is offered unless somebody asks for others, newest first.
    public static let offered = all

    /// Every draft, newest first.
    public static let all: [Draft] = [
        .draft21, .draft20, .draft19, .draft18, .draft17, .draft16, .draft15, .draft14,
    ]

    /// What to assume of a peer before anything is known of it.
    public static let oldest = draft14

    /// The draft whose section numbers this project's texts cite.
    public static let cited = draft18

    public init?(number: Int) {
        guard let draft = Self.all.first(where: { $0.number == number }) else { return nil }
        self = draft
    }

    /// The ALPN, and the WebTransport sub-protocol, that stands for this draft.
    public var alpn: String { rules.versionsInSetup ? Self.sharedALPN : "moqt-\(number)" }

    /// The ALPN of the drafts that negotiate inside SETUP.
    static let sharedALPN = "moq-00"

    /// The drafts that an ALPN may mean, newest first; empty when it is none of ours.
    public static func forALPN(_ name: String) -> [Draft] { all.filter { $0.alpn == name } }

    /// The number that names this draft inside SETUP (draft-14 section 9.3).
    public var versionNumber: UInt64 { 0xFF00_0000 + UInt64(number) }

    public static func == (a: Draft, b: Draft) -> Bool { a.number == b.number }
    public func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

extension Draft: CustomStringConvertible {
    public var description: String { "draft-\(number)" }
}
