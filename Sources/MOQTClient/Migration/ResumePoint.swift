import MOQTModel

/// How far a track has been handed out: what to ask the next place for, and what has been seen already.
///
/// For objects in the order of their track. Pure.
public struct ResumePoint: Sendable, Equatable {
    /// The last location that was handed out; nil: none yet.
    public private(set) var last: Location?

    public init() {}

    /// The first location that has not been handed out; nil: nothing has, so any beginning will do.
    public var next: Location? {
        guard let last else { return nil }
        if last.object < .max { return Location(group: last.group, object: last.object + 1) }
        return last.group < .max ? Location(group: last.group + 1, object: 0) : last
    }

    /// What to subscribe with instead of `filter`, so that nothing is lost and nothing comes twice.
    public func filter(insteadOf filter: LocationFilter?) -> LocationFilter? {
        guard let next else { return filter }
        guard case .range(_, let endGroup, let endObject) = filter else { return .from(next) }
        return .range(start: next, endGroup: endGroup, endObject: endObject)
    }

    /// Whether an object is new; then it counts as handed out.
    public mutating func admit(_ location: Location) -> Bool {
        if let last, location <= last { return false }
        last = location
        return true
    }

    /// Everything before `location` is given up.
    public mutating func skip(to location: Location) {
        guard location > .zero else { return }
        let before =
            location.object > 0
            ? Location(group: location.group, object: location.object - 1)
            : Location(group: location.group - 1, object: .max)
        last = max(last ?? before, before)
    }

    /// Whether objects are missing between what was handed out and `location`: whether the group before has more
    /// is not known, so the beginning of the next one counts as following.
    public func isMissing(before location: Location) -> Bool {
        guard let last, let next, location > next else { return false }
        if last.group < .max, location == Location(group: last.group + 1, object: 0) { return false }
        return true
    }
}
