import Foundation

/// `Tests/SpecLedger/draft-NN.txt`: the rules of the drafts and what proves each.
///
/// A line that begins in the first column is a section (`== 10.2 Message Parameters`), a comment (`#`) or a rule;
/// what is said of a rule stands indented below it, first its meaning in one line, then its proofs.
struct SpecLedger {
    private(set) var entries: [String: LedgerEntry] = [:]
    /// In the order of the files.
    private(set) var ids: [String] = []
    /// Lines that could not be read.
    private(set) var problems: [String] = []

    static let folder = "Tests/SpecLedger/"

    init(_ files: [SourceFile]) {
        for file in files { read(file) }
    }

    private mutating func read(_ file: SourceFile) {
        var current: LedgerEntry?
        var section = ""
        for line in file.text.split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("== ") {
                section = line.dropFirst(3).split(separator: " ").first.map(String.init) ?? ""
            } else if line.hasPrefix("    "), var entry = current {
                if entry.meaning.isEmpty {
                    entry.meaning = String(line.dropFirst(4))
                } else if let proof = Self.proof(line.dropFirst(4)) {
                    entry.proofs.append(proof)
                } else {
                    problems.append("\(file.name): \(line)")
                }
                current = entry
            } else if let entry = LedgerEntry(heading: line) {
                keep(current, file)
                current = entry
                if !entry.id.hasPrefix("\(file.name.dropFirst(6).prefix(2))-\(section)-") {
                    problems.append("\(file.name): \(entry.id) stands in section \(section)")
                }
            } else {
                problems.append("\(file.name): \(line)")
            }
        }
        keep(current, file)
    }

    private mutating func keep(_ entry: LedgerEntry?, _ file: SourceFile) {
        guard let entry else { return }
        if entry.proofs.isEmpty || entry.meaning.isEmpty {
            problems.append("\(file.name): nothing is said of \(entry.id)")
        }
        if entry.lenient != nil, !entry.isShown {
            problems.append("\(file.name): nothing shows how lenient \(entry.id) is kept")
        }
        if entries.updateValue(entry, forKey: entry.id) != nil {
            problems.append("\(file.name): \(entry.id) stands twice")
        }
        ids.append(entry.id)
    }

    private static func proof(_ line: Substring) -> LedgerEntry.Proof? {
        let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "test": return .test(parts[1])
        case "same": return .same(parts[1])
        case "none": return LedgerEntry.Proof.none(parts[1])
        case "lenient": return .lenient(parts[1])
        case "missing": return .missing(parts[1])
        case "case":
            guard let colon = parts[1].range(of: ": ") else { return nil }
            return .malformed(
                file: String(parts[1][..<colon.lowerBound]), text: String(parts[1][colon.upperBound...]))
        default: return nil
        }
    }

    /// The entry that proves `id`, where it refers to another.
    func settled(_ id: String) -> LedgerEntry? {
        var entry = entries[id]
        for _ in 0..<4 {
            guard case .same(let other)? = entry?.proofs.first else { return entry }
            entry = entries[other]
        }
        return nil
    }
}
