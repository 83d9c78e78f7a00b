import MOQTModel
import Testing

@testable import RelayCore

@Suite("NamespaceTree files by tuple prefix")
struct NamespaceTreeTests {
    private func namespace(_ path: String) -> TrackNamespace {
        TrackNamespace(path.split(separator: "/").map { Array($0.utf8) })
    }

    @Test("entries above a namespace are found shortest first, field by field")
    func above() {
        var tree = NamespaceTree<Int>()
        for (entry, path) in ["", "a", "a/b", "a/b/c", "ab", "a/c"].enumerated() {
            check(tree.insert(entry, at: namespace(path)))
        }
        var found: [[Int]] = []
        tree.forEachPrefix(of: namespace("a/b")) { depth, entries in found.append([depth] + entries.sorted())
        }
        #expect(found == [[0, 0], [1, 1], [2, 2]])
    }

    @Test("entries below a prefix are found in field order")
    func below() {
        var tree = NamespaceTree<Int>()
        for (entry, path) in ["a/c", "a", "a/b/c", "ab", "a/b"].enumerated() {
            check(tree.insert(entry, at: namespace(path)))
        }
        var found: [String] = []
        tree.forEachBelow(namespace("a")) { namespace, _ in found.append(namespace.description) }
        #expect(found == ["a", "a-b", "a-b-c", "a-c"])
        found = []
        tree.forEachBelow(namespace("x")) { namespace, _ in found.append(namespace.description) }
        #expect(found.isEmpty)
    }

    @Test("a lookup visits one node per field, whatever the size of the tree")
    func cost() {
        var tree = NamespaceTree<Int>()
        var visits: [Int] = []
        for size in [10, 100, 5_000] {
            while tree.count < size {
                check(tree.insert(tree.count, at: namespace("live/\(tree.count)/cam")))
            }
            visits.append(tree.forEachPrefix(of: namespace("live/7/cam/x/y")) { _, _ in })
            visits.append(tree.forEachBelow(namespace("live/7")) { _, _ in })
        }
        #expect(visits == [4, 4, 4, 4, 4, 4])
    }

    @Test("removal takes away the nodes that stood for nothing else, and they are used again")
    func removal() {
        var tree = NamespaceTree<Int>()
        for entry in 0..<100 { check(tree.insert(entry, at: namespace("a/\(entry)/x/y"))) }
        #expect(tree.nodeCount == 2 + 300)
        for entry in 1..<100 { check(tree.remove(entry, at: namespace("a/\(entry)/x/y"))) }
        #expect(tree.nodeCount == 2 + 3)
        check(!tree.remove(1, at: namespace("a/1/x/y")))
        check(!tree.remove(1, at: namespace("a/0/x/y")))
        check(tree.insert(1, at: namespace("b")) && tree.insert(2, at: namespace("a")))
        check(tree.remove(0, at: namespace("a/0/x/y")))
        #expect(Set(tree.entries(at: namespace("a"))) == [2] && Set(tree.entries(at: namespace("b"))) == [1])
        check(tree.remove(2, at: namespace("a")) && tree.remove(1, at: namespace("b")))
        #expect(tree.nodeCount == 1 && tree.count == 0 && tree.byteCount == 0)
    }

    @Test("entries, bytes and depth are bounded")
    func limits() {
        var tree = NamespaceTree<Int>(maximumEntryCount: 2, maximumByteCount: 6)
        check(tree.insert(1, at: namespace("abc")))
        check(!tree.insert(1, at: namespace("abc")))
        check(!tree.insert(2, at: namespace("abcd")))
        check(tree.insert(2, at: namespace("abc")))
        check(!tree.insert(3, at: namespace("")))
        let deep = TrackNamespace(Array(repeating: [1], count: TrackNamespace.maximumFieldCount + 1))
        #expect(!NamespaceTree<Int>().hasRoom(for: deep))
    }

    @Test("a random walk agrees with a list", arguments: 1...10 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var dice = SplitMix(state: seed)
        var tree = NamespaceTree<Int>()
        var list: [(TrackNamespace, Int)] = []
        func pick(_ dice: inout SplitMix) -> TrackNamespace {
            TrackNamespace((0..<dice.below(4)).map { _ in [UInt8(dice.below(3))] })
        }
        for step in 0..<300 {
            if dice.below(3) > 0 {
                let namespace = pick(&dice)
                check(tree.insert(step, at: namespace))
                list.append((namespace, step))
            } else if !list.isEmpty {
                let (namespace, entry) = list.remove(at: dice.below(list.count))
                check(tree.remove(entry, at: namespace))
            }
            let query = pick(&dice)
            var (above, below): (Set<Int>, Set<Int>) = ([], [])
            tree.forEachPrefix(of: query) { above.formUnion($1) }
            tree.forEachBelow(query) { below.formUnion($1) }
            #expect(above == Set(list.filter { query.hasPrefix($0.0) }.map(\.1)), "seed \(seed)")
            #expect(below == Set(list.filter { $0.0.hasPrefix(query) }.map(\.1)), "seed \(seed)")
        }
        for (namespace, entry) in list { check(tree.remove(entry, at: namespace)) }
        #expect(tree.nodeCount == 1)
    }
}

/// `#expect` for what changes the tree: the macro takes no mutating call.
private func check(_ holds: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(holds, sourceLocation: sourceLocation)
}
