import Testing

/// Hostile input against the session: the exact code and scope of each case, in every way that its bytes can
/// arrive (issue "Malformed input").
@Suite struct MalformedInputTests {
    typealias Family = (name: String, list: @Sendable (Side) -> [MalformedCase])

    static let families: [Family] = [
        ("framing", FramingCases.list), ("names", NameCases.list), ("request ids", RequestIDCases.list),
        ("parameters", ParameterCases.list), ("tokens", TokenCases.list), ("setup", SetupCases.list),
        ("answers", AnswerCases.list), ("namespaces", NamespaceCases.list),
        ("subgroups", SubgroupCases.list), ("fetch streams", FetchStreamCases.list),
        ("datagrams", DatagramCases.list), ("ranges and fills", RangeCases.list),
        ("broken streams", BrokenStreamCases.list),
    ]

    @Test("Each case has its exact outcome, whole, cut at every byte and byte by byte")
    func everyCase() async {
        var names: Set<String> = []
        var runCount = 0
        await withTaskGroup(of: (Set<String>, Int).self) { group in
            for number in Side.numbers { group.addTask { Self.run(number) } }
            for await (found, count) in group {
                names.formUnion(found)
                runCount += count
            }
        }
        print("malformed input: \(names.count) cases, \(runCount) runs")
        #expect(names.count >= 5_000)
        #expect(runCount >= 50_000)
    }

    /// One draft, both roles of the session.
    private static func run(_ number: Int) -> (Set<String>, Int) {
        var names: Set<String> = []
        var runner = CaseRunner()
        for side in Side.of(number) {
            for family in families {
                let neighbour = HealthyNeighbour(side)
                for item in family.list(side) {
                    runner.run(item, cutting: names.insert(item.name).inserted)
                }
                #expect(neighbour.servesOneMore(), "after \(family.name), draft-\(side.number)")
            }
        }
        return (names, runner.runCount)
    }

    @Test("No name stands for two cases of one side")
    func namesAreUnique() {
        for side in Side.numbers.flatMap(Side.of) {
            var names: Set<String> = []
            for item in Self.families.flatMap({ $0.list(side) }) {
                #expect(names.insert(item.name).inserted, "\(item.name)")
            }
        }
    }
}
