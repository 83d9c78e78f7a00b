import MOQTModel
import MOQTWire

/// What is in force of one subscription, as far as its messages tell. Kept on drafts whose updates must not widen a
/// subscription (draft-14 section 9.10, draft-15 section 9.11), the first of which must also repeat what stays.
struct SubscriptionTerms {
    /// What a filter that counts from the largest object counts from.
    private enum Base {
        case unknown
        /// Nothing has been published: it begins at {0, 0}.
        case nothing
        case largest(Location)
    }

    private var filter = LocationFilter.unfiltered
    private var base = Base.unknown
    private(set) var subscriberPriority: UInt8?
    private(set) var forward: Bool?

    init(_ parameters: MessageParameters) { apply(parameters) }

    /// Takes over what a message says; what it leaves out stays.
    mutating func apply(_ parameters: MessageParameters) {
        subscriberPriority = parameters.subscriberPriority ?? subscriberPriority
        forward = parameters.forward ?? forward
        guard let filter = parameters.filter else { return }
        self.filter = filter
        base = .unknown
    }

    /// The publisher has answered, or begun the subscription, and named its largest object.
    mutating func settle(largest: Location?) {
        guard case .unknown = base else { return }
        base = largest.map(Base.largest) ?? .nothing
    }

    /// Where the subscription begins; nil while that depends on an answer.
    var start: Location? {
        switch filter {
        case .unfiltered: .zero
        case .from(let start), .range(let start, _, _): start
        case .nextObject:
            behindLargest { $0.object < .max ? Location(group: $0.group, object: $0.object + 1) : $0 }
        case .nextGroup, .relative(groupCount: 0):
            behindLargest { $0.group < .max ? Location(group: $0.group + 1, object: 0) : $0 }
        case .relative: nil
        }
    }

    private func behindLargest(_ next: (Location) -> Location) -> Location? {
        switch base {
        case .unknown: nil
        case .nothing: .zero
        case .largest(let largest): next(largest)
        }
    }

    /// Its last group; nil = open.
    var endGroup: UInt64? { Self.endGroup(of: filter) }

    private static func endGroup(of filter: LocationFilter) -> UInt64? {
        if case .range(_, let group, _) = filter { group } else { nil }
    }

    /// The filter in absolute terms; nil while its start depends on an answer.
    var absoluteFilter: LocationFilter? {
        guard let start else { return nil }
        return endGroup.map { .range(start: start, endGroup: max($0, start.group), endObject: nil) }
            ?? .from(start)
    }

    /// Whether `new` certainly begins before, or ends behind, what is in force, where `rules` forbid that. A start that
    /// is not known is not held against anybody.
    func isWidened(by new: LocationFilter, _ rules: DraftRules) -> Bool {
        if !rules.updatesMayMoveStartBack, let start {
            switch new {
            case .unfiltered: if start > .zero { return true }
            case .from(let other), .range(let other, _, _): if other < start { return true }
            case .nextObject, .nextGroup, .relative: break
            }
        }
        guard !rules.updatesMayMoveEndOut, let end = endGroup else { return false }
        return Self.endGroup(of: new).map { $0 > end } ?? true
    }

    /// Whether `new` may widen what is in force, for all that is known: what we must not send. A largest object that
    /// was named once has only grown since.
    func mayBeWidened(by new: LocationFilter, _ rules: DraftRules) -> Bool {
        if isWidened(by: new, rules) { return true }
        guard !rules.updatesMayMoveStartBack else { return false }
        var next = self
        next.filter = new
        guard let start else { return new != filter }
        return (next.start ?? .zero) < start
    }
}
