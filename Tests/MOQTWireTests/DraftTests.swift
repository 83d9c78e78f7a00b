import MOQTModel
import MOQTWire
import Testing

/// How drafts are named and found (draft-18 section 3.1, draft-14 section 9.3).
struct DraftTests {
    @Test func `each draft has its ALPN`() {
        #expect(Draft.draft14.alpn == "moq-00")
        #expect(Draft.draft18.alpn == "moqt-18")
        #expect(Draft.forALPN("moq-00") == [.draft14])
        #expect(Draft.forALPN("moqt-16") == [.draft16])
        #expect(Draft.forALPN("moqt-14").isEmpty && Draft.forALPN("h3").isEmpty)
        #expect(Draft.draft14.versionNumber == 0xFF00_000E)
        #expect(Draft(number: 16) == .draft16 && Draft(number: 13) == nil)
        #expect(Draft.all.map(\.number) == Draft.all.map(\.number).sorted(by: >))
    }

    @Test func `drafts that write objects alike share a shape, others do not`() {
        func shape(_ number: Int) -> WireShape { DraftRules.of(number).bodyShape }
        #expect(shape(14) == shape(15) && shape(18) == shape(19))
        #expect(Set([14, 16, 17, 18].map(shape)).count == 4)
        for draft in Draft.all {
            #expect(draft.rules.bodyShape.varint == draft.rules.varint)
            #expect(draft.rules.bodyShape.propertyTypesAreDeltas == draft.rules.propertyTypesAreDeltas)
        }
    }
}
