import Testing
import Tooling

@Suite struct CommandSyntaxTests {
    enum Registry: String, CaseIterable { case memory, etcd }

    let syntax = CommandSyntax(
        name: "demo run", summary: "Runs a demo.", operands: [.init("URL", "where to")],
        options: [
            .value("namespace", "A/B", "the namespace"),
            .value("listen", "ADDR", repeats: true, "where to listen"),
            .value("timeout", "S", "how long"),
            .value("registry", "KIND", "where names live"),
            .value("drafts", "N,N", "which drafts"),
            .value("workers", "N", short: "w", "how many"),
            .flag("verbose", short: "v", "more", section: "Common options"),
            .flag("insecure", "no checks", section: "Common options"),
        ], examples: [(comment: "the usual", command: "demo run moqt://localhost:4443/")])

    @Test func valuesFollowASpaceOrAnEqualsSign() throws {
        let arguments = try syntax.parse([
            "--namespace", "a/b", "url", "--listen=1:2", "--listen", "3:4=5", "-w4", "-vv", "--verbose",
        ])
        #expect(arguments.string("namespace") == "a/b")
        #expect(arguments.strings("listen") == ["1:2", "3:4=5"])
        #expect(try arguments.integer("workers") == 4)
        #expect(arguments.count("verbose") == 3)
        #expect(!arguments.has("insecure"))
        #expect(arguments.operands == ["url"])
    }

    @Test func aDashIsAValueAndTwoDashesEndTheOptions() throws {
        let arguments = try syntax.parse(["--namespace", "-", "--", "--url"])
        #expect(arguments.string("namespace") == "-")
        #expect(arguments.operands == ["--url"])
    }

    @Test(arguments: [
        (["u", "--namespce", "a"], "unknown option '--namespce': did you mean --namespace?"),
        (["u", "--insecur"], "unknown option '--insecur': did you mean --insecure?"),
        (["u", "--xyzzy"], "unknown option '--xyzzy' (try 'demo run --help')"),
        (["u", "--namespace"], "--namespace needs a value: --namespace A/B"),
        (["u", "--namespace", "--insecure"], "--namespace needs a value: --namespace A/B"),
        (["u", "--insecure=yes"], "--insecure takes no value"),
        (["u", "--timeout", "1", "--timeout=2"], "--timeout is given twice"),
        (["u", "v"], "unexpected argument 'v' (try 'demo run --help')"),
        ([], "URL is missing: where to (try 'demo run --help')"),
    ])
    func whatIsWrongIsSaidInOneLine(words: [String], message: String) {
        let error = #expect(throws: UsageError.self) { try syntax.parse(words) }
        #expect(error?.message == message)
    }

    @Test func typedValuesAreChecked() throws {
        let good = try syntax.parse([
            "u", "--timeout=1.5", "--drafts", "14,16", "--registry", "etcd", "-w", "2",
        ])
        #expect(try good.milliseconds("timeout") == 1500)
        #expect(try good.integers("drafts") == [14, 16])
        #expect(try good.choice("registry", Registry.self) == .etcd)
        let bad = try syntax.parse([
            "u", "--timeout=soon", "--drafts", "14,x", "--registry", "etdc", "-w", "99",
        ])
        #expect(throws: UsageError.self) { try bad.milliseconds("timeout") }
        #expect(throws: UsageError.self) { let _: [Int] = try bad.integers("drafts") }
        let choice = #expect(throws: UsageError.self) { try bad.choice("registry", Registry.self) }
        #expect(choice?.message == "--registry wants memory, etcd, not 'etdc': did you mean etcd?")
        let workers = #expect(throws: UsageError.self) { try bad.integer("workers", in: 1...64) }
        #expect(workers?.message == "--workers wants a whole number from 1 to 64, not '99'")
        #expect(throws: UsageError.self) { try bad.requiredString("namespace") }
    }

    @Test func helpIsUnderstoodBeforeAnythingElseIsMissing() throws {
        #expect(try syntax.parse(["--help"]).wantsHelp)
        #expect(try syntax.parse(["-h", "--nonsense"]).wantsHelp)
    }

    @Test func helpNamesEveryOptionAndFitsTheTerminal() {
        let text = syntax.helpText(width: 60)
        for option in syntax.options { #expect(text.contains("--\(option.name)")) }
        #expect(text.contains("Usage: demo run URL [options]"))
        #expect(text.contains("Common options:"))
        #expect(text.contains("demo run moqt://localhost:4443/"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 60 })
    }
}
