import Foundation
import Testing

@Suite("Layers: two columns and one meeting place")
struct LayerTests {
    @Test("every import is one that the layer table allows")
    func imports() {
        #expect(Repository.sources.count > 20, "the sources are found")
        for file in Repository.sources {
            guard let allowed = LayerTable.allowed[file.target] else {
                Issue.record("\(file.path): target \(file.target) is not in the layer table")
                continue
            }
            for module in file.imports {
                #expect(allowed.contains(module), "\(file.path) must not import \(module)")
            }
        }
    }

    @Test("the table keeps system modules out of the pure targets, and has no cycle")
    func table() throws {
        for target in LayerTable.pure {
            let allowed = try #require(LayerTable.allowed[target])
            for module in allowed {
                #expect(LayerTable.pure.contains(module), "\(target) is pure and may not use \(module)")
            }
        }
        var done: Set<String> = []
        var left = LayerTable.allowed.mapValues { $0.filter { LayerTable.allowed[$0] != nil } }
        while let next = left.first(where: { $0.value.isSubset(of: done) })?.key {
            done.insert(next)
            left[next] = nil
        }
        #expect(left.isEmpty, "a cycle among \(left.keys.sorted())")
    }

    @Test("Package.swift gives no target a dependency that the table forbids")
    func package() throws {
        let package = try #require(Repository.everything.first { $0.path == "Package.swift" })
        let text = package.code.joined(separator: " ")
        let call = try NSRegularExpression(
            pattern: #"(?:library|program)\(\s*"([\w-]+)"\s*,\s*\[([^\]]*)\]"#)
        let matches = call.matches(in: text, range: NSRange(text.startIndex..., in: text))
        #expect(matches.count > 10)
        for match in matches {
            guard let name = Range(match.range(at: 1), in: text),
                let list = Range(match.range(at: 2), in: text)
            else { continue }
            let allowed = LayerTable.allowed[String(text[name])] ?? []
            let dependencies = text[list].split(separator: "\"").filter { $0.first?.isLetter == true }
            for dependency in dependencies {
                #expect(allowed.contains(String(dependency)), "\(text[name]) depends on \(dependency)")
            }
        }
    }
}
