import Containers
import Testing

@testable import WebTransport

@Suite struct CapsuleParserTests {
    private func read(_ pieces: [[UInt8]]) throws -> [Capsule] {
        var parser = CapsuleParser()
        var capsules: [Capsule] = []
        for piece in pieces {
            var bytes = Payload(piece)
            while let capsule = try parser.next(&bytes) { capsules.append(capsule) }
        }
        return capsules
    }

    @Test("Capsules cut at every byte read the same; unknown ones are skipped (RFC 9297 section 3.2)")
    func everySplit() throws {
        let bytes =
            Wire.frame(0x190b_4d3d, [0x10]) + Capsule.drain.encoded
            + Wire.frame(0x17, Array(repeating: 3, count: 300))
            + Capsule.close(code: 0x0102_0304, reason: "søtt").encoded
        for cut in 0...bytes.count {
            let capsules = try read([Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect(capsules == [.drain, .close(code: 0x0102_0304, reason: "søtt")])
        }
        #expect(try read(bytes.map { [$0] }).count == 2)
    }

    @Test("WT_CLOSE_SESSION stands on the wire as section 6 has it")
    func closeOnTheWire() {
        #expect(Capsule.close(code: 7, reason: "hi").encoded == [0x68, 0x43, 6, 0, 0, 0, 7, 0x68, 0x69])
        #expect(Capsule.drain.encoded == [0x80, 0, 0x78, 0xae, 0])
    }

    @Test("A message of 1024 bytes is read, a longer or shorter capsule is malformed (section 6)")
    func bounds() throws {
        let longest = String(repeating: "x", count: 1024)
        #expect(
            try read([Capsule.close(code: 1, reason: longest).encoded]) == [.close(code: 1, reason: longest)])
        for byteCount in [0, 3, 1029, 5000] {
            #expect(throws: HTTP3Failure.self) {
                try read([Wire.frame(0x2843, Array(repeating: 0x20, count: byteCount))])
            }
        }
    }

    @Test("A message that is not UTF-8, or bytes after the capsule, are malformed (section 6)")
    func malformed() {
        for bytes in [
            Wire.frame(0x2843, [0, 0, 0, 1, 0xff]), Wire.frame(0x2843, [0, 0, 0, 1]) + [0],
            Wire.frame(0x190b_4d3e, [0]), Wire.frame(0x190b_4d42, [0]),
        ] {
            do {
                _ = try read([bytes])
                Issue.record("read")
            } catch let failure as HTTP3Failure {
                #expect(failure.code == .messageError)
                #expect(failure.scope == .stream)
            } catch {
                Issue.record(error)
            }
        }
    }

    @Test("A capsule that claims 2^62 - 1 bytes is skipped as far as it comes, and nothing is held")
    func hugeUnknownCapsule() throws {
        var parser = CapsuleParser()
        var bytes = Payload(Wire.varint(0x17, VarintWriter.maximum))
        #expect(try parser.next(&bytes) == nil)
        let piece = [UInt8](repeating: 1, count: 65536)
        for _ in 0..<100 {
            var bytes = Payload(piece)
            #expect(try parser.next(&bytes) == nil)
            #expect(bytes.isEmpty)
        }
        #expect(!parser.isBetweenCapsules)
    }

    @Test("A message is cut before the character that does not fit")
    func cut() {
        #expect(Capsule.cut(String(repeating: "€", count: 400)).utf8.count == 1023)
        #expect(Capsule.cut("short") == "short")
    }
}
