import MOQTModel
import Testing

@Suite("Namespaces are tuples, compared field by field (draft-18 section 2.4.1)")
struct TrackNamespaceTests {
    @Test(
        "a prefix is made of whole fields",
        arguments: [
            (["a", "b"], [], true), (["a", "b"], ["a"], true), (["a", "b"], ["a", "b"], true),
            (["a", "b"], ["a", "b", "c"], false), (["ab"], ["a"], false), (["a"], [""], false),
            ([""], [""], true),
            ([], [], true), ([], ["a"], false), (["a", "bc"], ["ab", "c"], false),
        ] as [([String], [String], Bool)])
    func prefixes(fields: [String], prefix: [String], expected: Bool) {
        let namespace = TrackNamespace(fields.map { Array($0.utf8) })
        let start = TrackNamespace(prefix.map { Array($0.utf8) })
        #expect(namespace.hasPrefix(start) == expected)
        #expect((namespace.suffix(after: start) != nil) == expected)
    }

    @Test("a prefix and the suffix after it make the whole again")
    func suffix() throws {
        let whole = TrackNamespace("live", "cam", "one")
        for count in 0...3 {
            let prefix = TrackNamespace(Array(whole.fields.prefix(count)))
            let suffix = try #require(whole.suffix(after: prefix))
            #expect(suffix.fields.count == 3 - count)
            #expect(prefix.appending(suffix) == whole)
        }
    }

    @Test("bytes are summed over the fields")
    func bytes() {
        #expect(TrackNamespace().byteCount == 0)
        #expect(TrackNamespace("ab", "", "c").byteCount == 3)
    }
}
