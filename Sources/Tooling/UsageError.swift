/// A command line that makes no sense, as one sentence for the person who typed it.
public struct UsageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One line that names the culprit and says what would be right; no trailing full stop or newline.
    public var message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
