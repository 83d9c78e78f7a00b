import MOQTModel

/// How far the past of a subscription has got: it goes before what the subscription brings live.
struct TrackPast {
    /// The next location of which nothing is known yet.
    private(set) var position: Location
    /// The last one of the past: the subscription brings what follows.
    let end: Location

    /// What a fill with this filter covers when the publisher has named `largest`; nil when that is nothing. `unfiltered`
    /// is everything.
    init?(_ filter: LocationFilter, largest: Location?) {
        guard let largest else { return nil }
        var last = largest
        switch filter {
        case .unfiltered: position = .zero
        case .nextObject, .nextGroup, .relative(groupCount: 0): return nil
        case .relative(let groupCount):
            let back = groupCount - 1
            position = Location(group: largest.group > back ? largest.group - back : 0, object: 0)
        case .from(let start): position = start
        case .range(let start, let endGroup, let endObject):
            position = start
            last = min(last, Location(group: endGroup, object: endObject ?? .max))
        }
        guard position <= last else { return nil }
        end = last
    }

    /// Whether an object is one of the past that has not been handed out; it counts as handed out now.
    mutating func take(_ location: Location) -> Bool {
        guard location >= position, location <= end else { return false }
        position = Self.next(location)
        return true
    }

    /// Nothing comes up to `location`, inclusive; returns the range that is missing, its end not included.
    mutating func skip(through location: Location) -> (from: Location, to: Location)? {
        let last = min(location, end)
        guard last >= position else { return nil }
        let from = position
        position = Self.next(last)
        return (from, position)
    }

    static func next(_ location: Location) -> Location {
        location.object < .max
            ? Location(group: location.group, object: location.object + 1)
            : Location(group: location.group &+ 1, object: 0)
    }
}
