/// A tuple of byte strings that tracks live under, or a prefix or suffix of one (draft-18 section 2.4.1).
/// Decoders enforce the drafts' limits: at most 32 fields and 4096 bytes together with the track name.
public struct TrackNamespace: Hashable, Sendable {
    public var fields: [[UInt8]]

    public static let maximumFieldCount = 32
    /// Bytes of all fields and the track name together.
    public static let maximumByteCount = 4096

    public init(_ fields: [[UInt8]] = []) { self.fields = fields }
    /// For tests and tools: UTF-8 fields.
    public init(_ fields: String...) { self.fields = fields.map { Array($0.utf8) } }

    public var byteCount: Int { fields.reduce(0) { $0 + $1.count } }

    /// True when `self` begins with every field of `prefix`, field by field.
    public func hasPrefix(_ prefix: TrackNamespace) -> Bool {
        fields.count >= prefix.fields.count && zip(fields, prefix.fields).allSatisfy { $0 == $1 }
    }

    /// What follows `prefix`; nil when it is not one.
    public func suffix(after prefix: TrackNamespace) -> TrackNamespace? {
        hasPrefix(prefix) ? TrackNamespace(Array(fields.dropFirst(prefix.fields.count))) : nil
    }

    /// Lets fields that `other` has in the same place be that one's copy: names of one peer mostly begin alike.
    public mutating func shareFields(with other: TrackNamespace) {
        for index in 0..<min(fields.count, other.fields.count) where fields[index] == other.fields[index] {
            fields[index] = other.fields[index]
        }
    }

    public func appending(_ suffix: TrackNamespace) -> TrackNamespace {
        TrackNamespace(fields + suffix.fields)
    }
}
