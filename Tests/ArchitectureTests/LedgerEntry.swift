import Foundation

/// One rule of a draft as the spec ledger lists it.
struct LedgerEntry {
    enum Proof: Equatable {
        /// `Target.File/function`: a test of that file.
        case test(String)
        /// A case of the malformed input table: the file and a piece of its text.
        case malformed(file: String, text: String)
        /// The rule of another draft, or of this one, that says the same.
        case same(String)
        /// Why the rule does not bind us.
        case none(String)
        /// Why we let pass what the draft forbids; another proof says how far.
        case lenient(String)
        /// What is not there, or not shown, yet.
        case missing(String)
    }

    let id: String
    let binds: String
    /// A few of the draft's own words, for machines.
    let words: String
    /// What it says, in ours.
    var meaning = ""
    var proofs: [Proof] = []

    /// `19-10.2-3 (receiver) "the words of the draft"`
    init?(heading line: Substring) {
        guard let open = line.firstIndex(of: "("), let close = line.range(of: ") \"")?.lowerBound,
            open < close, line.last == "\""
        else { return nil }
        id = String(line[..<open].dropLast())
        binds = String(line[line.index(after: open)..<close])
        words = String(line[close...].dropFirst(3).dropLast())
        guard !id.isEmpty, !binds.isEmpty, !words.isEmpty else { return nil }
    }

    var lenient: String? {
        for case .lenient(let why) in proofs { return why }
        return nil
    }

    /// Whether a test or a case is listed.
    var isShown: Bool {
        proofs.contains {
            switch $0 {
            case .test, .malformed: true
            case .same, .none, .lenient, .missing: false
            }
        }
    }

    var missing: String? {
        for case .missing(let what) in proofs { return what }
        return nil
    }
}
