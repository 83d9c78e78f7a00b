import Foundation
import FuzzTargets
import Testing

/// Inputs that once crashed a fuzz target, seeds of the corpus, and seeded random ones (`make fuzz` looks for new
/// crashes and keeps them beside the seeds).
@Suite struct FuzzReplayTests {
    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/fuzz")

    @Test("Past crashes and seeds pass", arguments: FuzzTarget.allCases)
    func kept(_ target: FuzzTarget) throws {
        let folder = Self.fixtures.appendingPathComponent(target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files { target.run(Array(try Data(contentsOf: file))) }
    }

    @Test("Random bytes neither trap nor hang", arguments: FuzzTarget.allCases)
    func randomBytes(_ target: FuzzTarget) {
        var state: UInt64 = 0x5EED
        for _ in 0..<300 {
            var bytes: [UInt8] = []
            for _ in 0..<Int(state % 200) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                // Small numbers and plain noise in turn: most fields are small.
                let byte = UInt8(truncatingIfNeeded: state >> 56)
                bytes.append(state & (1 << 40) == 0 ? byte & 0x1F : byte)
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1
            target.run(bytes)
        }
    }
}
