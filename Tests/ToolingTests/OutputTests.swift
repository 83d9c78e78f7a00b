import Testing
import Tooling

@Suite struct OutputTests {
    final class Sink: @unchecked Sendable { var text = "" }

    @Test func aPeersStringCannotForgeALogLine() {
        let sink = Sink()
        let log = Log(program: "cascade", level: .info) { sink.text += $0 }
        log.error("refused: \("bye\ncascade: error: pwned\u{1B}[2J\u{202E}")")
        #expect(sink.text == "cascade: error: refused: bye\\u{a}cascade: error: pwned\\u{1b}[2J\\u{202e}\n")
    }

    @Test func linesAboveTheLevelAreNeverBuilt() {
        let sink = Sink()
        let log = Log(program: "p", level: .warning) { sink.text += $0 }
        var built = false
        func message() -> String {
            built = true
            return "x"
        }
        log.debug(message())
        #expect(!built)
        log.warning(message())
        #expect(sink.text == "p: warning: x\n")
    }

    @Test func progressIsRedrawnAtMostFourTimesASecond() {
        let sink = Sink()
        var line = ProgressLine(isTerminal: true) { sink.text += $0 }
        for now in stride(from: UInt64(0), through: 1000, by: 10) {
            line.update("n\(now)", atMilliseconds: now)
        }
        #expect(
            sink.text.split(separator: "\r").map { $0.trimmed } == ["n0", "n250", "n500", "n750", "n1000"])
        sink.text = ""
        line.finish("done")
        #expect(sink.text == "\r     \rdone\n")
    }

    @Test func progressIsSilentInAPipeButForTheSummary() {
        let sink = Sink()
        var line = ProgressLine(isTerminal: false) { sink.text += $0 }
        line.update("working", atMilliseconds: 0)
        line.finish("done")
        #expect(sink.text == "done\n")
    }

    @Test(arguments: [
        (0.0, "0 bit/s"), (999, "999 bit/s"), (1000, "1.00 kbit/s"), (12_345, "12.3 kbit/s"),
        (4_567_890, "4.57 Mbit/s"), (1.5e12, "1500 Gbit/s"),
    ])
    func bitRates(value: Double, text: String) { #expect(Quantity.bitRate(bitsPerSecond: value) == text) }

    @Test(
        arguments: [
            (0, "0 ms"), (999, "999 ms"), (1500, "1.5 s"), (65_000, "1 min 05 s"), (7_380_000, "2 h 03 min"),
        ] as [(UInt64, String)])
    func durations(value: UInt64, text: String) { #expect(Quantity.duration(milliseconds: value) == text) }

    @Test(
        arguments: [
            ("10", 10_000), ("1.5s", 1500), ("500ms", 500), ("2m", 120_000), ("0", 0), ("", nil), ("s", nil),
            ("-1", nil),
            ("1e9", nil), ("1.2.3", nil),
        ] as [(String, UInt64?)])
    func timeSpans(text: String, milliseconds: UInt64?) {
        #expect(Quantity.milliseconds(from: text) == milliseconds)
    }

    @Test func sizesAreReadInPowersOf1024() {
        #expect(Quantity.byteCount(from: "1200") == 1200)
        #expect(Quantity.byteCount(from: "64k") == 65_536)
        #expect(Quantity.byteCount(from: "1MiB") == 1_048_576)
        #expect(Quantity.byteCount(from: "x") == nil)
    }

    @Test func decimalsAreRounded() {
        #expect(Quantity.decimal(1.005, digits: 1) == "1.0")
        #expect(Quantity.decimal(0.06, digits: 1) == "0.1")
        #expect(Quantity.decimal(-2.5, digits: 2) == "-2.50")
        #expect(Quantity.decimal(.infinity, digits: 2) == "?")
    }

    @Test func hexIgnoresColons() {
        #expect(Hexadecimal.bytes("0a:FF") == [0x0A, 0xFF])
        #expect(Hexadecimal.bytes("0aF") == nil)
        #expect(Hexadecimal.bytes("zz") == nil)
    }
}

extension Substring {
    fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
