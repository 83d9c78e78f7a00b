import Foundation
import Testing

@Suite("House rules for Sources/")
struct HouseRuleTests {
    /// Code that may know a draft's number.
    static let drafts = "Sources/MOQTWire/Drafts/"

    @Test("a draft's number appears in MOQTWire/Drafts only: elsewhere code asks named questions")
    func draftNumbers() {
        for file in Repository.sources where !file.path.hasPrefix(Self.drafts) {
            Debts.checking(file) {
                for line in file.codeLines(matching: Self.draftPattern) { Issue.record("\(line)") }
            }
        }
    }

    static let draftPattern = #"draft-?(1[4-9]|2[0-9])\b|moqt-(1[4-9]|2[0-9])\b|\.number\s*(==|!=|<|>)"#

    @Test("no file is longer than 600 lines")
    func length() {
        for file in Repository.sources {
            #expect(file.lineCount <= 600, "\(file.path) has \(file.lineCount) lines")
        }
    }

    /// Each is a family of small values that are read together.
    static let families: Set<String> = ["Sources/MOQTModel/Requests.swift"]

    @Test("a file that declares types is named after one of them; `Type+Concern` extends or declares Type")
    func names() {
        for file in Repository.sources where file.name != "main.swift" && !Self.families.contains(file.path) {
            let name = String(file.name.dropLast(".swift".count))
            let parts = name.split(separator: "+", maxSplits: 1).map(String.init)
            let types = file.declaredTypes
            if parts.count == 1 {
                Debts.checking(file) {
                    #expect(types.isEmpty || types.contains(name), "\(file.path) declares \(types)")
                }
            } else {
                let type = parts[0] == "Array" ? #"(Array\b|\[)"# : parts[0] + #"\b"#
                let extends = !file.codeLines(matching: #"\bextension\s+(\w+\.)*"# + type).isEmpty
                #expect(extends || types.contains(parts[0]), "\(file.path) has nothing of \(parts[0])")
            }
        }
    }

    @Test("nothing traps on purpose where a peer's bytes could lead")
    func traps() {
        for file in Repository.sources {
            for line in file.codeLines(matching: #"\btry!|\bfatalError\(|\bas!"#) { Issue.record("\(line)") }
        }
    }

    @Test("no path of the machine that it was written on")
    func paths() {
        let pattern = "/" + "work" + "/"
        for file in Repository.everything {
            for (number, line) in file.text.split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated()
            where line.contains(pattern) {
                Issue.record("\(file.path):\(number + 1): \(line)")
            }
        }
    }

    @Test("no package mirror of the machine that it is built on")
    func mirrors() {
        for host in PackageMirrors.hosts {
            for file in Repository.everything where file.text.contains(host) {
                Issue.record("\(file.path) names the package mirror of this machine")
            }
        }
    }
}
