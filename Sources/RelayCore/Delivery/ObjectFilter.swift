import Containers
import MOQTModel

/// The range filters of a subscription, ready to be asked (draft-19 sections 5.1.3 and 5.1.4).
///
/// Subgroup streams never ask for each subscriber: the subgroup keeps an image for each filter, asks once for
/// each object as it arrives, and every subscriber of that filter reads the image as others read theirs.
final class ObjectFilter {
    let filters: [RangeFilter]
    /// It can drop some of a subgroup's objects and keep others.
    let dependsOnObjects: Bool
    /// The filters that a subgroup's header answers; nil when some set has none of them.
    private let headerFilters: [RangeFilter]?

    /// nil when nothing is filtered. Filters on tracks do not concern objects.
    init?(_ filters: [RangeFilter]) {
        let filters = filters.filter { $0.kind != .trackProperty }
        if filters.isEmpty { return nil }
        self.filters = filters
        let header = filters.filter { $0.kind == .subgroup || $0.kind == .publisherPriority }
        dependsOnObjects = header.count < filters.count
        let everySetHasOne = filters.allSatisfy { filter in header.contains { $0.setID == filter.setID } }
        headerFilters = everySetHasOne ? header : nil
    }

    /// `subgroup` nil: a datagram, which has none.
    func passes(
        subgroup: UInt64?, object: UInt64, priority: UInt8, properties: PropertyBlock?,
        _ encoding: any ObjectEncoding
    ) -> Bool {
        filters.pass { filter in
            switch filter.kind {
            case .subgroup: subgroup
            case .objectID: object
            case .publisherPriority: UInt64(priority)
            case .objectProperty:
                if let properties, let type = filter.propertyType {
                    encoding.integerProperty(type, in: properties)
                } else {
                    nil
                }
            case .trackProperty: nil
            }
        }
    }

    /// False when no object of such a subgroup can pass.
    func mayPass(subgroup: UInt64, priority: UInt8) -> Bool {
        guard let headerFilters else { return true }
        return headerFilters.pass { $0.kind == .subgroup ? subgroup : UInt64(priority) }
    }

    static func == (a: ObjectFilter, b: ObjectFilter) -> Bool { a === b || a.filters == b.filters }
}
