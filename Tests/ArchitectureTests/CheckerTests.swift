import Testing

@Suite("The checks themselves find what they look for")
struct CheckerTests {
    @Test("comments are blanked, strings and line numbers stay")
    func comments() {
        let text = """
            let a = "// no comment" // one
            /* two /* nested */
            still */ let b = 1 / 2
            let c = "\\"//" // three
            """
        let lines = SourceFile(path: "Sources/X/A.swift", text: text).code
        #expect(lines.count == 4)
        #expect(lines[0] == #"let a = "// no comment" "#)
        #expect(lines[1] == "" && lines[2] == " let b = 1 / 2")
        #expect(lines[3] == #"let c = "\"//" "#)
    }

    @Test("imports are read in every form")
    func imports() {
        let text = """
            import A
            @testable import B
            public import C
            import struct D.Thing
            // import E
            @preconcurrency private import F
            """
        #expect(SourceFile(path: "Sources/X/A.swift", text: text).imports == ["A", "B", "C", "D", "F"])
    }

    @Test("a draft's number is found in code and in strings, not in comments")
    func draftNumbers() {
        let text = """
            // draft-18 section 1
            if draft == .draft17 {}
            if draft.number >= limit {}
            let alpn = "moqt-16"
            let draft1 = 14
            """
        let found = SourceFile(path: "Sources/X/A.swift", text: text).codeLines(
            matching: HouseRuleTests.draftPattern)
        #expect(found.map { $0.prefix(20) } == [2, 3, 4].map { "Sources/X/A.swift:\($0):" })
    }

    @Test("top-level types are read, private and nested ones are not")
    func types() {
        let text = """
            public struct A: Sendable {
                enum Nested {}
            }
            private struct Hidden {}
            @frozen public final class B {}
            struct C<Value> {}
            """
        #expect(SourceFile(path: "Sources/X/A.swift", text: text).declaredTypes == ["A", "B", "C"])
    }

    @Test("hosts are read from apt and pip configuration")
    func mirrors() {
        let text = """
            deb [signed-by=/x] http://mirror.example:8080/debian stable main
            URIs: https://user:secret@packages.example/simple
            deb http://localhost/debian stable main
            """
        #expect(PackageMirrors.hosts(in: text) == ["mirror.example", "packages.example"])
    }
}
