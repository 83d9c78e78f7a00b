import MOQTModel
import Testing
import Tooling

@Suite struct NamespaceTextTests {
    @Test func fieldsAreSeparatedBySlashes() throws {
        #expect(try NamespaceText.namespace("a/b.c/d") == TrackNamespace("a", "b.c", "d"))
        #expect(try NamespaceText.namespace("") == TrackNamespace([]))
        #expect(try NamespaceText.namespace("größe") == TrackNamespace("größe"))
    }

    @Test func everyByteSurvivesTheRoundTrip() throws {
        let namespace = TrackNamespace([(0...255).map { UInt8($0) }, [0x2F], [0x25]])
        let text = NamespaceText.text(namespace)
        #expect(try NamespaceText.namespace(text) == namespace)
        #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
    }

    @Test func aTrackNameMayHoldSlashesAndEscapes() throws {
        #expect(try NamespaceText.trackName("a/b%00") == [0x61, 0x2F, 0x62, 0])
    }

    @Test(arguments: ["/a", "a/", "a//b", "%", "%2", "%zz", "100%"])
    func brokenOnesAreRefused(text: String) {
        #expect(throws: UsageError.self) { try NamespaceText.namespace(text) }
    }

    @Test("At most 32 fields and 4096 bytes (draft-18 section 2.4.1)") func limits() throws {
        let fields = { (count: Int) in Array(repeating: "a", count: count).joined(separator: "/") }
        #expect(try NamespaceText.namespace(fields(32)).fields.count == 32)
        #expect(throws: UsageError.self) { try NamespaceText.namespace(fields(33)) }
        #expect(throws: UsageError.self) { try NamespaceText.namespace(String(repeating: "a", count: 4097)) }
    }
}
