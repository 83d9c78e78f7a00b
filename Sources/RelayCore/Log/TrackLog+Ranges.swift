import MOQTModel

/// Where subscriptions begin and end.
extension TrackLog {
    /// The largest object as a subscription with this base sees it.
    public func largest(_ base: SubscriptionBase) -> Location? {
        switch base {
        case .log: publishedLargest
        case .publisher(let location): location
        }
    }

    /// Where a subscription with this filter begins and ends, by what the log has seen so far or had seen when
    /// it was asked for (draft-18 section 5.1.2). "From now on" means the object after the largest.
    public func range(for filter: LocationFilter, _ base: SubscriptionBase = .log) -> LogRange {
        let largest = largest(base)
        switch filter {
        case .unfiltered, .nextObject:
            guard let largest else { return LogRange(start: .zero) }
            return LogRange(start: largest.next)
        case .nextGroup, .relative(groupCount: 0):
            guard let largest else { return LogRange(start: .zero) }
            return LogRange(start: Location(group: largest.group, object: .max).next)
        case .relative(let groupCount):
            guard let largest else { return LogRange(start: .zero) }
            let back = groupCount - 1
            return LogRange(
                start: Location(group: largest.group > back ? largest.group - back : 0, object: 0))
        case .from(let start):
            return LogRange(start: start)
        case .range(let start, let endGroup, let endObject):
            return LogRange(start: start, endGroup: endGroup, endObject: endObject)
        }
    }
}

extension Location {
    /// The location before this one; the last of a group stands for all of it.
    var previous: Location {
        if object > 0 { return Location(group: group, object: object - 1) }
        return group > 0 ? Location(group: group - 1, object: .max) : self
    }

    /// The location after this one; stays at the very last.
    var next: Location {
        if object < .max { return Location(group: group, object: object + 1) }
        return group < .max ? Location(group: group + 1, object: 0) : self
    }
}
