import MOQTModel

/// A FETCH's range as a log can answer it, and what FETCH_OK says of it (draft-18 sections 10.12 and 10.13).
public struct FetchPlan: Hashable, Sendable {
    public var start: Location
    /// Inclusive; `object` = `UInt64.max` means the whole group.
    public var end: Location
    /// For FETCH_OK; `endObject` nil = the whole group.
    public var endGroup: UInt64
    public var endObject: UInt64?
    /// Nothing will ever follow `end`.
    public var isEndOfTrack: Bool
    /// The range begins with something that the log does not know.
    public var beginsUnknown: Bool
    /// The log knows nothing of the range.
    public var isUnknown: Bool

    public init(
        start: Location, end: Location, endGroup: UInt64, endObject: UInt64?, isEndOfTrack: Bool,
        beginsUnknown: Bool, isUnknown: Bool = false
    ) {
        self.start = start
        self.end = end
        self.endGroup = endGroup
        self.endObject = endObject
        self.isEndOfTrack = isEndOfTrack
        self.beginsUnknown = beginsUnknown
        self.isUnknown = isUnknown
    }

    /// A range of which nothing is known here.
    public init(unknown range: FetchRange) {
        self.init(
            start: range.start, end: range.end, endGroup: range.endGroup, endObject: range.endObject,
            isEndOfTrack: false, beginsUnknown: true, isUnknown: true)
    }

    /// What is to be sent first is not known.
    public func beginsUnknown(_ order: GroupOrder) -> Bool {
        order == .ascending ? beginsUnknown : isUnknown
    }
}

extension TrackLog {
    /// What a FETCH of `range` gets.
    ///
    /// Throws INVALID_RANGE, with the scope of the request, when the range is inverted or begins after
    /// everything that has been published.
    public func plan(_ range: FetchRange) throws(RequestFailure) -> FetchPlan {
        let (start, asked) = (range.start, range.end)
        expire()
        guard start <= asked else { throw RequestFailure(.invalidRange, "the range ends before it begins") }
        guard let largest = publishedLargest else {
            throw RequestFailure(.invalidRange, "nothing has been published yet")
        }
        guard start <= largest else {
            throw RequestFailure(.invalidRange, "the range begins after the largest object")
        }
        let isWholeGroup =
            range.endObject == nil
            && (asked.group < largest.group || asked.group == largest.group && isOver(asked.group))
        let end = min(asked, largest)
        return FetchPlan(
            start: start, end: isWholeGroup ? asked : end, endGroup: end.group,
            endObject: isWholeGroup ? nil : end.object, isEndOfTrack: asked >= largest && isFinal(largest),
            beginsUnknown: knownFrom.map { start < $0 } ?? true, isUnknown: knownFrom.map { end < $0 } ?? true
        )
    }

    private func isOver(_ group: UInt64) -> Bool {
        self.group(group)?.subgroups.contains { $0.endsGroup } ?? false
    }

    private func isFinal(_ largest: Location) -> Bool {
        if endStatus == .trackEnded { return true }
        let last = keptObject(group: largest.group, notBefore: largest.object)
        return last?.object.header.status == .endOfTrack
    }
}
