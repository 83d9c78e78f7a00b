/// One line that is redrawn in place while something runs: on a terminal only, at most four times a second.
///
/// In a pipe or a file it stays silent, so that logs hold only the final summary. Time is an argument.
public struct ProgressLine {
    private let isTerminal: Bool
    private let columns: Int
    private let write: (String) -> Void
    private var lastDrawnMilliseconds: UInt64?
    private var drawnCount = 0

    /// Milliseconds between two drawings.
    public static let interval: UInt64 = 250

    public init(isTerminal: Bool, columns: Int = 80, write: @escaping (String) -> Void) {
        self.isTerminal = isTerminal
        self.columns = max(columns, 20)
        self.write = write
    }

    /// A progress line on standard error.
    public static func standardError(enabled: Bool = true) -> ProgressLine {
        ProgressLine(
            isTerminal: enabled && StandardStream.isTerminal(2), columns: StandardStream.columns(2)
        ) { StandardStream.write($0, to: 2) }
    }

    /// Whether `update` would draw now: lets the caller skip building the text.
    public func isDue(atMilliseconds now: UInt64) -> Bool {
        guard isTerminal else { return false }
        guard let last = lastDrawnMilliseconds else { return true }
        return now >= last && now - last >= Self.interval
    }

    /// Redraws the line if it is due.
    public mutating func update(_ text: @autoclosure () -> String, atMilliseconds now: UInt64) {
        guard isDue(atMilliseconds: now) else { return }
        lastDrawnMilliseconds = now
        let line = String(text().prefix(columns - 1))
        let padding = String(repeating: " ", count: max(0, drawnCount - line.count))
        write("\r" + line + padding)
        drawnCount = line.count
    }

    /// Wipes the line, so that other output starts at the left edge.
    public mutating func clear() {
        guard drawnCount > 0 else { return }
        write("\r" + String(repeating: " ", count: drawnCount) + "\r")
        drawnCount = 0
        lastDrawnMilliseconds = nil
    }

    /// Replaces the line by a last one that stays, also in a pipe.
    public mutating func finish(_ summary: String) {
        clear()
        write(summary + "\n")
    }
}
