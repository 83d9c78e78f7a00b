import MOQTModel
import Testing

@Suite("The log form of names (draft-18 section 2.4.1)")
struct FullTrackNameTests {
    @Test("fields are joined by one hyphen, the name follows two, other bytes are hexadecimal")
    func logForm() {
        let name = FullTrackName(
            namespace: TrackNamespace("example.net", "team2", "project_x"), name: Array("report".utf8))
        #expect(name.description == "example.2enet-team2-project_x--report")
    }

    @Test("no byte that a terminal or a log could take for more than a letter comes through")
    func escapes() {
        for byte in UInt8.min...UInt8.max {
            let text = FullTrackName(namespace: TrackNamespace([[byte]]), name: [byte]).description
            let isPlain =
                byte < 128
                && (Character(Unicode.Scalar(byte)).isLetter
                    || Character(Unicode.Scalar(byte)).isNumber || byte == UInt8(ascii: "_"))
            #expect(text.utf8.count == (isPlain ? 4 : 8), "byte \(byte): \(text)")
            #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        }
    }

    @Test("different names have different log forms")
    func distinct() {
        let names = [
            FullTrackName(namespace: TrackNamespace("a", "b"), name: Array("c".utf8)),
            FullTrackName(namespace: TrackNamespace("a-b"), name: Array("c".utf8)),
            FullTrackName(namespace: TrackNamespace("a"), name: Array("b-c".utf8)),
            FullTrackName(namespace: TrackNamespace("a"), name: Array("b--c".utf8)),
            FullTrackName(namespace: TrackNamespace("a", "", "b"), name: Array("c".utf8)),
            FullTrackName(namespace: TrackNamespace("a.2db"), name: Array("c".utf8)),
        ]
        #expect(Set(names.map(\.description)).count == names.count)
    }
}
