import MOQTModel

/// The two halves of a subscription that also wants the past (draft-20 section 5.1.3).
extension TrackLog {
    /// What a fill gets: what `filter` selects by the rules for a FETCH, never beyond `largest`, which is the object
    /// that the subscriber was told of; nil when that is nothing.
    ///
    /// A filter that counts back from the largest object counts from this one, also when it is that of a subscription
    /// which began long ago: it is evaluated for the message that asks for the fill.
    public func fillPlan(for filter: LocationFilter, largest: Location) -> FetchPlan? {
        let range =
            filter == .unfiltered ? LogRange(start: .zero) : self.range(for: filter, .publisher(largest))
        var end = largest
        if let endGroup = range.endGroup {
            end = min(end, Location(group: endGroup, object: range.endObject ?? .max))
        }
        guard range.start <= end else { return nil }
        return FetchPlan(
            start: range.start, end: end, endGroup: end.group, endObject: end.object, isEndOfTrack: false,
            beginsUnknown: knownFrom.map { range.start < $0 } ?? true)
    }

    /// What is left of a subscription's range when a fill brings the past: each object comes once.
    public func range(for filter: LocationFilter, behind largest: Location?) -> LogRange {
        guard let largest else { return range(for: filter, .publisher(nil)) }
        var range = range(for: filter, .publisher(largest))
        range.start = max(range.start, largest.next)
        return range
    }
}
