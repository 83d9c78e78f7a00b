/// One named way to break (or to stretch) a rule.
struct MalformedCase: Sendable {
    /// The message, stream or datagram.
    let subject: String
    let rule: String
    /// Where the rule stands, with its draft.
    let section: String
    let side: Side
    let before: Before
    let place: Place
    /// The bytes in order. A stream that is not the control stream may end cleanly between two pieces.
    let pieces: [[UInt8]]
    /// The stream ends after the last piece.
    let fin: Bool
    let outcome: Outcome
    /// Milliseconds that pass afterwards.
    let wait: UInt64
    /// What follows the first piece is not looked into: it may end anywhere.
    let isOpaque: Bool
    /// The peer breaks off the stream after the last byte; `early` comes of it when that happens after fewer
    /// bytes. A stream of the peer's of which nothing arrived is unknown: nothing comes of it.
    var signal: Signal?
    var early = Outcome.tolerated

    /// The same rule on the same message of the same draft is one case, whichever role the session has.
    var name: String { "\(subject) | \(rule) | draft-\(side.number)" }
    var bytes: [UInt8] { pieces.flatMap { $0 } }
}

/// The cases of one family for one side, as they are written down.
struct CaseList {
    let side: Side
    private(set) var cases: [MalformedCase] = []

    init(_ side: Side) { self.side = side }

    /// A control message, broken.
    mutating func add(_ form: Form, _ rule: String, _ topic: Topic, _ outcome: Outcome = .violation) {
        add(form.name, rule, topic, form.before, form.place, [form.frame(side)], outcome)
    }

    /// A stream that is broken off.
    mutating func add(
        _ signal: Signal, _ rule: String, _ topic: Topic, _ before: Before, _ place: Place,
        after bytes: [UInt8] = [],
        early: Outcome = .tolerated, _ outcome: Outcome
    ) {
        let subject: String
        switch signal {
        case .reset: subject = "RESET_STREAM"
        case .stop: subject = "STOP_SENDING"
        }
        add(subject, rule, topic, before, place, [bytes], outcome)
        cases[cases.count - 1].signal = signal
        cases[cases.count - 1].early = early
    }

    mutating func add(
        _ subject: String, _ rule: String, _ topic: Topic, _ before: Before, _ place: Place,
        _ pieces: [[UInt8]], fin: Bool = false, wait: UInt64 = 0, opaque: Bool = false,
        _ outcome: Outcome = .violation
    ) {
        cases.append(
            MalformedCase(
                subject: subject, rule: rule,
                section: topic.section(side.number), side: side,
                before: before, place: place, pieces: pieces, fin: fin, outcome: outcome, wait: wait,
                isOpaque: opaque))
    }
}
