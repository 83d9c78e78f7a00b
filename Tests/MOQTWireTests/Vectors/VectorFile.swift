import Foundation
import MOQTText
import MOQTWire

/// One file of the moqtap vectors.
struct VectorFile: Decodable {
    struct Vector: Decodable {
        var id: String
        var hex: String
        var canonical: Bool?
        var decoded: JSONValue?
        var error: String?
        var bytes: [UInt8] { [UInt8](hex: hex) }
        var isCanonical: Bool { canonical ?? true }
    }
    var message_type: String
    var vectors: [Vector]

    static func load(_ path: String) throws -> VectorFile {
        let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(path)")
        return try JSONDecoder().decode(VectorFile.self, from: Data(contentsOf: url))
    }

    /// Every message file of a draft, by name.
    static func messages(_ folder: String) throws -> [(name: String, file: VectorFile)] {
        let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(folder)/codec/messages")
        return try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
            .filter { $0.hasSuffix(".json") }
            .map { ($0, try load("\(folder)/codec/messages/\($0)")) }
    }
}
