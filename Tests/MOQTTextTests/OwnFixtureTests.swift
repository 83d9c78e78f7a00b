import Foundation
import MOQTText
import MOQTWire
import Testing

/// Our own fixtures, composed field by field from the drafts' figures: every message and stream both ways.
struct OwnFixtureTests {
    private struct File: Decodable {
        struct Vector: Decodable {
            var id: String
            var hex: String
            var canonical: Bool?
            var decoded: JSONValue?
            var error: String?
        }
        var message_type: String
        var kind: String
        var spec_section: String
        var vectors: [Vector]
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("MOQTWireTests/Fixtures/cascade")

    private static func files(_ draft: Draft) throws -> [(name: String, file: File)] {
        let url = folder.appendingPathComponent("draft-\(draft.number)")
        return try FileManager.default.contentsOfDirectory(atPath: url.path).sorted().map { name in
            let data = try Data(contentsOf: url.appendingPathComponent(name))
            return (String(name.dropLast(5)), try JSONDecoder().decode(File.self, from: data))
        }
    }

    @Test(arguments: Draft.all)
    func `bytes become the fixture's fields or its error, and the fields become the bytes`(
        draft: Draft
    ) throws {
        let text = WireText(draft)
        var count = 0
        for (name, file) in try Self.files(draft) {
            let kind = try #require(WireText.Kind(rawValue: file.kind))
            for vector in file.vectors {
                let id = "draft-\(draft.number)/\(name)/\(vector.id)"
                count += 1
                let bytes = try #require(HexText.bytes(vector.hex))
                let outcome = Result { () throws(TextFailure) in try text.decode(bytes, kind) }
                switch (vector.decoded, outcome) {
                case (.object(let expected)?, .success(let decoded)):
                    var fields = decoded
                    fields["message_type"] = nil
                    #expect(fields == expected, "\(id): \(JSONValue.object(fields).text)")
                    if kind == .control {
                        #expect(decoded["message_type"] == .string(file.message_type), "\(id)")
                    }
                    guard vector.canonical ?? true else { continue }
                    let written = Result { () throws(TextFailure) in try text.encode(decoded, kind) }
                    #expect((try? written.get()).map { HexText.text($0) } == vector.hex, "\(id): \(written)")
                case (nil, .failure(let failure)):
                    #expect(failure.category.rawValue == vector.error, "\(id): \(failure.detail)")
                case (_, .success(let decoded)):
                    Issue.record("\(id) must not decode: \(JSONValue.object(decoded).text)")
                case (_, .failure(let failure)):
                    Issue.record("\(id): \(failure)")
                }
            }
        }
        #expect(count > 150, "\(count) fixtures")
    }
}
