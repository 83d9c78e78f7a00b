import MOQTWire

/// Why bytes could not be shown, or text not be written as bytes.
public struct TextFailure: Error, Equatable, Sendable {
    /// The published vectors' categories.
    public enum Category: String, Sendable {
        /// Nothing is wrong with the bytes, but there are too few of them.
        case incomplete
        /// The draft gives the type of the message, stream or datagram no meaning.
        case unknownMessage = "unknown_message"
        case invalidValue = "invalid_value"
    }

    public var category: Category
    /// One sentence for a human.
    public var detail: String

    public init(_ category: Category, _ detail: String) {
        self.category = category
        self.detail = detail
    }

    init(_ error: WireError) {
        let category: Category =
            error.isTruncation ? .incomplete : error.isUnknownType ? .unknownMessage : .invalidValue
        self.init(category, error.rule.description)
    }

    /// `{"error": ..., "error_detail": ...}`.
    public var object: JSONObject { ["error": .string(category.rawValue), "error_detail": .string(detail)] }
}
