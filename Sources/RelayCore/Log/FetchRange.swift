import MOQTModel

/// What a FETCH asks for, as absolute locations (draft-18 section 10.12).
public struct FetchRange: Hashable, Sendable {
    public var start: Location
    /// Inclusive; `object` = `UInt64.max` means the whole group.
    public var end: Location

    public init(start: Location, end: Location) {
        self.start = start
        self.end = end
    }

    public init(start: Location, endGroup: UInt64, endObject: UInt64?) {
        self.init(start: start, end: Location(group: endGroup, object: endObject ?? .max))
    }

    /// The last groups of a track, of which the largest object is known; 1 is the newest group alone.
    public init(groupCount: UInt64, upTo largest: Location) {
        let back = groupCount > 0 ? groupCount - 1 : 0
        self.init(
            start: Location(group: largest.group > back ? largest.group - back : 0, object: 0), end: largest)
    }

    init(groupCount: UInt64, upTo answer: FetchOK) {
        self.init(
            groupCount: groupCount, upTo: Location(group: answer.endGroup, object: answer.endObject ?? .max))
    }

    public func contains(_ location: Location) -> Bool { start <= location && location <= end }

    public var endGroup: UInt64 { end.group }
    /// nil = the whole of `endGroup`.
    public var endObject: UInt64? { end.object == .max ? nil : end.object }
}
