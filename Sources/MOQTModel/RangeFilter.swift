/// Which objects or tracks a subscriber wants by a number that they carry (draft-20 section 5.1.4, "Range
/// Filters").
///
/// Filters with the same set id must all pass; one set that passes is enough.
public struct RangeFilter: Hashable, Sendable {
    /// What is compared.
    public enum Kind: UInt64, CaseIterable, Sendable {
        case subgroup = 0x25
        case objectID = 0x26
        case publisherPriority = 0x27
        /// A property of the object.
        case objectProperty = 0x28
        /// A property of the track: only where tracks are subscribed to by prefix.
        case trackProperty = 0x29

        /// The filter names a property's type.
        public var namesProperty: Bool { self == .objectProperty || self == .trackProperty }
    }

    public var kind: Kind
    public var setID: UInt8
    /// The property's type, for the two kinds that compare one; even.
    public var propertyType: UInt64?
    /// Ascending and apart from each other; an open end is `UInt64.max`.
    public var ranges: [ClosedRange<UInt64>]

    public init(_ kind: Kind, setID: UInt8 = 0, propertyType: UInt64? = nil, ranges: [ClosedRange<UInt64>]) {
        self.kind = kind
        self.setID = setID
        self.propertyType = propertyType
        self.ranges = ranges
    }

    public func contains(_ value: UInt64) -> Bool { ranges.contains { $0.contains(value) } }
}

extension [RangeFilter] {
    /// Takes over what a REQUEST_UPDATE says: a kind that it names is replaced or removed with all its sets; the
    /// others stay.
    public mutating func apply(_ update: MessageParameters) {
        let named = update.removedRangeFilters + update.rangeFilters.map(\.kind)
        if named.isEmpty { return }
        removeAll { named.contains($0.kind) }
        append(contentsOf: update.rangeFilters)
    }

    /// What remains of these filters for the objects of a track; nil when the track does not pass. A set whose
    /// filters on the track do not pass is gone, and the others lose theirs.
    public func remaining(for track: TrackProperties) -> [RangeFilter]? {
        let failing = Set(
            filter { filter in
                guard filter.kind == .trackProperty, let type = filter.propertyType else { return false }
                return track.integer(type: type).map { !filter.contains($0) } ?? true
            }.map(\.setID))
        let standing = filter { !failing.contains($0.setID) }
        if standing.isEmpty { return isEmpty ? [] : nil }
        let left = standing.filter { $0.kind != .trackProperty }
        // A set without a filter on objects lets all of them pass.
        let sets = Set(standing.map(\.setID))
        return sets.allSatisfy { set in left.contains { $0.setID == set } } ? left : []
    }

    /// Ranges in all, which the peer's MAX_FILTER_RANGES limits.
    public var rangeCount: Int { reduce(0) { $0 + $1.ranges.count } }

    /// Whether what `value` says passes; `value` gives nil for what is not there, and then no filter on it passes.
    /// `value` runs at most once for each filter; nothing is allocated. True without filters.
    public func pass(_ value: (RangeFilter) -> UInt64?) -> Bool {
        if isEmpty { return true }
        // Few filters: comparing set ids costs less than sorting them.
        for (index, first) in enumerated() where !self[..<index].contains(where: { $0.setID == first.setID })
        {
            let setPasses = self[index...].allSatisfy { filter in
                filter.setID != first.setID || value(filter).map(filter.contains) ?? false
            }
            if setPasses { return true }
        }
        return false
    }
}
