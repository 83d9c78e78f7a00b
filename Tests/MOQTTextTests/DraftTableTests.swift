import Foundation
import MOQTText
import MOQTWire
import Testing

/// The README says of each draft what the rules say.
struct DraftTableTests {
    private static let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("README.md")

    @Test func `the README's table is the one that the rules give`() throws {
        let text = try String(contentsOf: Self.readme, encoding: .utf8)
        let parts = text.components(separatedBy: "<!-- drafts -->\n")
        try #require(parts.count == 3, "README.md lacks the two marks around the table")
        #expect(parts[1] == DraftTable.markdown(), "`make drafts` writes it anew")
    }

    @Test func `every row has a cell for every draft, and tells some of them apart or serves all`() {
        let rows = DraftTable.markdown().split(separator: "\n").map { $0.split(separator: "|") }
        for row in rows { #expect(row.count == Draft.all.count + 1) }
        for row in rows.dropFirst(2) {
            let cells = Set(row.dropFirst().map { $0.trimmingCharacters(in: .whitespaces) })
            #expect(cells.count > 1 || cells == ["yes"], "\(row[0])")
        }
    }
}
