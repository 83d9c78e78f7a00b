import Glibc
import MOQTText

/// What `cascade decode` reads.
enum DecodeInput {
    /// Standard input up to its end.
    static func all() -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(0, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// One JSON document over several lines, or one on each line.
    static func documents(_ text: String) throws(TextFailure) -> [JSONValue] {
        if let whole = try? JSONValue(parsing: text) { return [whole] }
        var values: [JSONValue] = []
        for line in text.split(whereSeparator: \.isNewline) where !line.allSatisfy(\.isWhitespace) {
            values.append(try JSONValue(parsing: String(line)))
        }
        guard !values.isEmpty else { throw TextFailure(.incomplete, "no JSON") }
        return values
    }
}
