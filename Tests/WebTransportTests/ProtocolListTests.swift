import Testing

@testable import WebTransport

@Suite struct ProtocolListTests {
    @Test(
        "Lists of strings are read, tokens too, parameters ignored (RFC 9651 section 4.2)",
        arguments: [
            (#""moqt-18", "moqt-16""#, ["moqt-18", "moqt-16"]),
            ("moq-00", ["moq-00"]),
            ("moqt-18,moq-00", ["moqt-18", "moq-00"]),
            (#"  "a"; q=1;x="b;,", b;y=?1;z=:YQ==: ,"c"  "#, ["a", "b", "c"]),
            (#""with \"quotes\" and \\""#, [#"with "quotes" and \"#]),
            ("", []),
            (#""""#, [""]),
        ] as [(String, [String])])
    func lists(field: String, names: [String]) { #expect(ProtocolList.parse(field) == names) }

    @Test(
        "Anything else makes the whole field count as absent (section 3.3)",
        arguments: [
            #""a", 1"#, #""a" "b""#, #""a","#, #""a" ;q=1"#, #"("a" "b")"#, #""unterminated"#, "?1", ":YQ==:",
            ",",
            #""a\n""#, "\"\u{7f}\"",
            "\"ü\"", #""a";Q=1"#, "1.5",
        ])
    func ignored(field: String) { #expect(ProtocolList.parse(field) == nil) }

    @Test("An item is one string or token")
    func items() {
        #expect(ProtocolList.parseItem(#""moqt-18""#) == "moqt-18")
        #expect(ProtocolList.parseItem("moqt-18;a=1") == "moqt-18")
        #expect(ProtocolList.parseItem(#""a", "b""#) == nil)
        #expect(ProtocolList.parseItem("17") == nil)
    }

    @Test("What we write are quoted strings, and they read back")
    func encoding() {
        #expect(ProtocolList.encode(["moqt-18", "moq-00"]) == #""moqt-18", "moq-00""#)
        let odd = [#"a"b"#, #"c\"#, "d e"]
        #expect(ProtocolList.parse(ProtocolList.encode(odd)) == odd)
        #expect(ProtocolList.encode(["ü", "a"]) == #""a""#)
    }

    @Test("A field with more names than anyone needs counts as absent")
    func bound() {
        #expect(ProtocolList.parse(Array(repeating: "a", count: 64).joined(separator: ","))?.count == 64)
        #expect(ProtocolList.parse(Array(repeating: "a", count: 65).joined(separator: ",")) == nil)
    }
}
