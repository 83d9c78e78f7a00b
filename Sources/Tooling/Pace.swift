/// How fast a publisher may go.
public enum Pace: Equatable, Sendable {
    case unlimited
    case objectsPerSecond(Double)
    case bytesPerSecond(Double)
    /// As fast as the media's own clock.
    case realTime

    /// Reads `30` or `30/s` (objects), `5Mbit`, `800kbit` (bits per second), `2MB`, `64kB`, `1000B` (bytes per
    /// second), `realtime`, `max`.
    public init(_ text: String) throws(UsageError) {
        if text == "max" || text == "unlimited" {
            self = .unlimited
            return
        }
        if text == "realtime" || text == "real-time" {
            self = .realTime
            return
        }
        var word = text
        for ending in ["/s", "ps"] where word.hasSuffix(ending) && word.count > 2 { word.removeLast(2) }
        let (number, unit) = Quantity.split(word)
        let scale: [String: Double] = ["": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9]
        if let value = number, value > 0 {
            if unit.isEmpty {
                self = .objectsPerSecond(value)
                return
            }
            for (ending, bytes) in [("bit", 0.125), ("B", 1.0)] where unit.hasSuffix(ending) {
                guard let factor = scale[String(unit.dropLast(ending.count))] else { continue }
                self = .bytesPerSecond(value * factor * bytes)
                return
            }
        }
        throw UsageError(
            "--rate wants objects per second (30), bits (5Mbit), bytes (2MB), realtime or max, not "
                + "'\(Printable.escaped(text, limit: 100))'")
    }
}
