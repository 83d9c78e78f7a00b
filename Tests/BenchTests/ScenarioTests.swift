import Foundation
import Testing

@testable import Bench

@Suite struct ScenarioTests {
    @Test("a scenario names only what it is about")
    func defaults() throws {
        let scenario = try Scenario(
            json: Array(#"{"name": "x", "subscribers": 3, "objectsPerSecond": 12.5}"#.utf8))
        var expected = Scenario()
        expected.name = "x"
        expected.subscribers = 3
        expected.objectsPerSecond = 12.5
        #expect(scenario == expected)
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            #"{"subscriber": 3}"#, #"{"objectByteCount": 23}"#,
            #"{"usesDatagrams": true, "objectByteCount": 1200}"#,
            #"{"subscriptions": 2}"#, #"{"seconds": 0}"#, #"{"objectsPerGroup": 0}"#, "[]", "",
        ])
    func refusals(text: String) {
        #expect(throws: ScenarioFailure.self) { try Scenario(json: Array(text.utf8)) }
    }

    @Test("every scenario that ships can be run and has its file's name")
    func shipped() throws {
        let folder = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Interop/scenarios")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 11)
        for file in files {
            let scenario = try Scenario(json: Array(try Data(contentsOf: file)))
            #expect(scenario.name + ".json" == file.lastPathComponent)
            #expect(!scenario.about.isEmpty)
        }
    }
}
