import Foundation

/// The files of this repository, read once.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// `Sources/**/*.swift`
    static let sources = files(below: ["Sources"]).filter { $0.name.hasSuffix(".swift") }

    /// Everything that people wrote.
    static let everything = files(below: [
        "Sources", "Tests", "Interop", ".ci", ".github", "Packaging", "Makefile", "Package.swift",
        "README.md",
        "CHANGELOG.md",
    ])

    private static func files(below tops: [String]) -> [SourceFile] {
        let skipped: Set<String> = [".venv", ".work", ".build", "__pycache__", "node_modules"]
        var found: [SourceFile] = []
        var pending = tops
        while let path = pending.popLast() {
            let url = root.appendingPathComponent(path)
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else {
                continue
            }
            if isDirectory.boolValue {
                let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
                pending += names.filter { !skipped.contains($0) }.map { "\(path)/\($0)" }
            } else if let text = try? String(contentsOf: url, encoding: .utf8) {
                found.append(SourceFile(path: path, text: text))
            }
        }
        return found.sorted { $0.path < $1.path }
    }
}
