import Foundation
import MOQTText
import MOQTWire
import Testing

/// The published vectors through `WireText`, both ways, except those that contradict their draft.
struct VectorTextTests {
    private struct File: Decodable {
        struct Vector: Decodable {
            var id: String
            var hex: String
            var canonical: Bool?
            var decoded: JSONValue?
            var error: String?
        }
        var message_type: String
        var vectors: [Vector]
    }

    /// Which to leave out, and why.
    private static let skipped: [String: String] = [
        "draft14/publish-namespace-ok/basic": "trailing parameter count where the draft has none",
        "draft14/subscribe-namespace-ok/basic": "trailing parameter count where the draft has none",
        "draft14/subscribe-ok/no-content": "group order 0 is an error in SUBSCRIBE_OK",
        "draft16/fetch/with-params": "second parameter type is absolute instead of a delta",
        "draft16/publish-ok/with-params": "second parameter type is absolute instead of a delta",
        "draft16/subscribe/unknown-extension-param": "an unknown parameter ends the session",
        "draft16/subgroup/subgroup-extensions-two-objects-empty": "delta 1 after object 0 is object 2",
        "draft16/subgroup/subgroup-extensions-two-objects-nonempty": "delta 1 after object 0 is object 2",
        "draft16/fetch-header/fetch-end-of-non-existent-range": "payload length after a marker",
        "draft16/fetch-header/fetch-end-of-unknown-range": "payload length after a marker",
        "draft16/fetch-header/fetch-with-explicit-subgroup": "first object refers to a prior priority",
        "draft16/fetch-header/fetch-datagram-forwarding": "first object refers to a prior priority",
    ]

    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("MOQTWireTests/Fixtures")

    private static func files(_ draft: Draft) throws -> [(name: String, kind: WireText.Kind, file: File)] {
        var files: [(String, WireText.Kind, File)] = []
        for folder in ["messages", "data-streams"] {
            let url = fixtures.appendingPathComponent("draft\(draft.number)/codec/\(folder)")
            for name in try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() {
                let data = try Data(contentsOf: url.appendingPathComponent(name))
                let file = try JSONDecoder().decode(File.self, from: data)
                let kind: WireText.Kind =
                    switch name {
                    case "subgroup.json": .subgroup
                    case "datagram.json": .datagram
                    case "fetch-header.json": .fetch
                    default: .control
                    }
                files.append((String(name.dropLast(5)), kind, file))
            }
        }
        return files
    }

    @Test(arguments: [Draft.draft14, .draft16])
    func `bytes become the vector's fields or its error, and the fields become the bytes`(
        draft: Draft
    ) throws {
        let text = WireText(draft)
        var count = 0
        var left: Set<String> = []
        for (name, kind, file) in try Self.files(draft) {
            for vector in file.vectors {
                let id = "draft\(draft.number)/\(name)/\(vector.id)"
                guard Self.skipped[id] == nil else {
                    left.insert(id)
                    continue
                }
                count += 1
                let bytes = try #require(HexText.bytes(vector.hex))
                let outcome = Result { () throws(TextFailure) in try text.decode(bytes, kind) }
                guard case .object(let expected)? = vector.decoded else {
                    #expect(throws: TextFailure.self, "\(id)") { try outcome.get() }
                    if case .failure(let failure) = outcome {
                        #expect(failure.category.rawValue == vector.error, "\(id): \(failure.detail)")
                    }
                    continue
                }
                guard case .success(var decoded) = outcome else {
                    Issue.record("\(id): \(outcome)")
                    continue
                }
                if kind == .control {
                    #expect(decoded["message_type"] == .string(file.message_type), "\(id)")
                }
                let whole = decoded
                decoded["message_type"] = nil
                #expect(decoded == expected, "\(id): \(JSONValue.object(decoded).text)")
                guard vector.canonical ?? true else { continue }
                // Through text, as the tool does it.
                guard case .object(let read) = try JSONValue(parsing: JSONValue.object(whole).text) else {
                    Issue.record("\(id): no object")
                    continue
                }
                #expect(read == whole, "\(id)")
                #expect(HexText.text(try text.encode(read, kind)) == vector.hex, "\(id)")
            }
        }
        #expect(left == Set(Self.skipped.keys.filter { $0.hasPrefix("draft\(draft.number)/") }))
        #expect(count > 150, "\(count) vectors")
    }
}
