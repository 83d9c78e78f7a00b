import MOQTModel

/// The locations that a subscription covers, resolved against a log: from `start` to the end of `endGroup`, or
/// to `endObject` in it, both inclusive.
public struct LogRange: Hashable, Sendable {
    public var start: Location
    /// nil = open ended.
    public var endGroup: UInt64?
    /// nil = the whole of `endGroup`.
    public var endObject: UInt64?

    public init(start: Location, endGroup: UInt64? = nil, endObject: UInt64? = nil) {
        self.start = start
        self.endGroup = endGroup
        self.endObject = endObject
    }

    public func contains(_ location: Location) -> Bool {
        if location < start { return false }
        guard let endGroup else { return true }
        if location.group != endGroup { return location.group < endGroup }
        guard let endObject else { return true }
        return location.object <= endObject
    }
}
