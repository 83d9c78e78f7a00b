import Containers

@testable import WebTransport

/// Bytes as a peer would send them.
enum Wire {
    static func varint(_ values: UInt64...) -> [UInt8] {
        var bytes: [UInt8] = []
        for value in values { VarintWriter.append(value, to: &bytes) }
        return bytes
    }

    static func frame(_ type: UInt64, _ content: [UInt8] = []) -> [UInt8] {
        var bytes: [UInt8] = []
        VarintWriter.appendTyped(type, content, to: &bytes)
        return bytes
    }

    static func settings(_ pairs: (UInt64, UInt64)...) -> [UInt8] {
        frame(0x04, pairs.flatMap { varint($0.0, $0.1) })
    }

    /// A control stream as browsers begin it.
    static let control = varint(0x00) + settings((0x33, 1), (0x2b60_3742, 1))

    static func headers(_ fields: [(String, String)]) -> [UInt8] {
        frame(0x01, FieldSectionCoder().encode(fields.map { HTTPField($0.0, $0.1) }, on: 0))
    }

    static func connect(
        path: String = "/", token: String = "webtransport", _ more: [(String, String)] = []
    ) -> [UInt8] {
        headers(
            [
                (":method", "CONNECT"), (":protocol", token), (":scheme", "https"),
                (":authority", "a.example"),
                (":path", path),
            ] + more)
    }
}
