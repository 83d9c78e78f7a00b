import Glibc

/// Lines on standard error for whoever runs the program; never for protocol events per packet.
///
/// Every line is written with one system call, so that lines of several threads do not mix. Text that comes
/// from a peer goes through `Printable.escaped` on the way, so that nobody can forge a line.
public struct Log: Sendable {
    public enum Level: Int, Comparable, Sendable, CaseIterable {
        case error, warning, info, debug

        public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }

        var label: String {
            switch self {
            case .error: return "error"
            case .warning: return "warning"
            case .info: return "info"
            case .debug: return "debug"
            }
        }
    }

    /// Lines above this level are dropped (and never built: messages are autoclosures).
    public var level: Level
    /// In front of each line: the program's name.
    public var program: String
    private let sink: @Sendable (String) -> Void

    public init(
        program: String, level: Level = .warning,
        sink: @escaping @Sendable (String) -> Void = Log.standardError
    ) {
        self.program = program
        self.level = level
        self.sink = sink
    }

    public func error(_ message: @autoclosure () -> String) { write(.error, message) }
    public func warning(_ message: @autoclosure () -> String) { write(.warning, message) }
    public func info(_ message: @autoclosure () -> String) { write(.info, message) }
    public func debug(_ message: @autoclosure () -> String) { write(.debug, message) }

    private func write(_ level: Level, _ message: () -> String) {
        guard level <= self.level else { return }
        let label = level == .info ? "" : "\(level.label): "
        sink("\(program): \(label)\(Self.oneLine(message()))\n")
    }

    /// Keeps a line a line: control characters become escapes, everything else passes.
    static func oneLine(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7F }
        return isPlain ? text : Printable.escaped(text, limit: 4096, doublesBackslashes: false)
    }

    /// Writes to file descriptor 2, retrying when a signal interrupts.
    public static let standardError: @Sendable (String) -> Void = { text in
        StandardStream.write(Array(text.utf8), to: 2)
    }
}
