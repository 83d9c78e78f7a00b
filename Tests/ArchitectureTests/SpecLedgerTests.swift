import Testing

@Suite("The spec ledger: every MUST of the drafts, and what proves it")
struct SpecLedgerTests {
    static let ledger = SpecLedger(
        Repository.everything.filter { $0.path.hasPrefix(SpecLedger.folder) && $0.name.hasSuffix(".txt") })
    static let catalog = TestCatalog(Repository.everything)

    /// Rules that we do not keep, or do not show that we keep. It only ever shrinks.
    static let missingCount = 0

    /// Rules that we break on purpose in what we take.
    static let lenientCount = 3

    @Test("it can be read, and lists as many rules as its header says")
    func form() {
        for problem in Self.ledger.problems { Issue.record("\(problem)") }
        // What Tests/SpecLedger/check counts in the texts.
        for (draft, count) in [("19", 282), ("16", 90), ("14", 108)] {
            #expect(Self.ledger.ids.count { $0.hasPrefix("\(draft)-") } == count, "draft \(draft)")
        }
    }

    @Test("every test and every case that it names is there")
    func orphanedRules() {
        for id in Self.ledger.ids {
            for proof in Self.ledger.entries[id]?.proofs ?? [] {
                switch proof {
                case .test(let name):
                    #expect(
                        Self.catalog.tests.contains(name), "\(id) names a test that is not there: \(name)")
                case .malformed(let file, let text):
                    let path = "Tests/MalformedInputTests/Cases/\(file).swift"
                    let source = Repository.everything.first { $0.path == path }
                    #expect(source?.text.contains(text) == true, "\(id): no case '\(text)' in \(path)")
                case .same(let other):
                    #expect(Self.ledger.settled(id) != nil, "\(id) refers to \(other)")
                case .none, .lenient, .missing: break
                }
            }
        }
    }

    @Test("every rule that a test claims is listed with that test")
    func orphanedTests() {
        for problem in Self.catalog.problems { Issue.record("\(problem)") }
        for claim in Self.catalog.claims {
            let entry = Self.ledger.settled(claim.rule)
            #expect(
                entry?.proofs.contains(.test(claim.test)) == true,
                "\(claim.test) claims \(claim.rule), which the ledger does not list with it")
        }
    }

    @Test("what is let pass on purpose is counted, and shown by a test")
    func lenient() {
        let lenient = Self.ledger.ids.filter { Self.ledger.entries[$0]?.lenient != nil }
        #expect(lenient.count == Self.lenientCount, "\(lenient)")
        for id in lenient { #expect(Self.ledger.entries[id]?.missing == nil, "\(id)") }
    }

    @Test("what is missing is counted")
    func missing() {
        let missing = Self.ledger.ids.compactMap { id in
            Self.ledger.entries[id]?.missing.map { "\(id): \($0)" }
        }
        print("spec ledger: \(Self.ledger.ids.count) rules, \(missing.count) missing")
        for line in missing { print("  \(line)") }
        #expect(missing.count == Self.missingCount)
    }

    @Test("orphans are found in both directions")
    func checker() {
        let ledger = SpecLedger([
            SourceFile(
                path: "Tests/SpecLedger/draft-19.txt",
                text: """
                    # A comment.
                    == 1.1 A Section

                    19-1.1-1 (receiver) "it MUST close"
                        It ends the session.
                        test SomeTests.Some/rule
                        case SomeCases: a byte too many
                    19-1.1-2 (sender) "MUST NOT send"
                        It does not.
                        same 19-1.1-1
                    19-1.2-1 (relay) "MUST"
                        It stands in the wrong section.
                        mising a word
                    19-1.1-3 (receiver) "MUST close"
                        It ends the session.
                        lenient peers do it
                    19-1.1-4 (receiver) "MUST close"
                        It ends the session.
                        lenient peers do it
                        case SomeCases: only that
                    """)
        ])
        #expect(ledger.ids == ["19-1.1-1", "19-1.1-2", "19-1.2-1", "19-1.1-3", "19-1.1-4"])
        #expect(ledger.problems.count == 4)
        #expect(ledger.entries["19-1.1-1"]?.words == "it MUST close")
        #expect(
            ledger.entries["19-1.1-1"]?.proofs.last == .malformed(file: "SomeCases", text: "a byte too many"))
        #expect(ledger.settled("19-1.1-2")?.id == "19-1.1-1")
        let catalog = TestCatalog([
            SourceFile(
                path: "Tests/SomeTests/Sub/Some.swift",
                text: """
                    \(TestCatalog.claim)19-1.1-1, 19-7-1
                    @Test("a name",
                        arguments: [1])
                    func rule() {}
                    func helper() {}
                    @Test func `in words (section 1)`() {}
                    \(TestCatalog.claim)19-1.1-2
                    """)
        ])
        #expect(catalog.tests == ["SomeTests.Some/rule", "SomeTests.Some/in words (section 1)"])
        #expect(catalog.claims.map(\.rule) == ["19-1.1-1", "19-7-1"])
        #expect(catalog.claims.allSatisfy { $0.test == "SomeTests.Some/rule" })
        #expect(catalog.problems.count == 1)
    }
}
