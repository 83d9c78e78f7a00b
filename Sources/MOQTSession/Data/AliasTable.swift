import Containers
import MOQTModel

/// The track aliases that the peer's data streams may name (draft-18 section 11.1).
///
/// Aliases of subscriptions that we left are remembered for a while, so that data that was under way is
/// stopped without a word; the memory is bounded.
struct AliasTable {
    enum Lookup {
        case live(RequestID)
        case retired
        case unknown
    }

    private struct Entry {
        var request: RequestID
        /// The publisher has ended the track: the alias may be given to another.
        var isDone = false
    }

    private var live: [UInt64: Entry] = [:]
    private var retired: Set<UInt64> = []
    /// The retired ones, oldest first, as a ring.
    private var retiredOrder: [UInt64] = []
    private var oldest = 0

    private static let maximumRetired = 1024

    func lookUp(_ alias: TrackAlias) -> Lookup {
        if let entry = live[alias.value] { return .live(entry.request) }
        return retired.contains(alias.value) ? .retired : .unknown
    }

    /// False when another live track has the alias (DUPLICATE_TRACK_ALIAS, scope session).
    mutating func add(_ alias: TrackAlias, for request: RequestID) -> Bool {
        if let entry = live[alias.value], !entry.isDone, entry.request != request { return false }
        live[alias.value] = Entry(request: request)
        retired.remove(alias.value)
        return true
    }

    mutating func publisherDone(_ alias: TrackAlias, request: RequestID) {
        guard live[alias.value]?.request == request else { return }
        live[alias.value]?.isDone = true
    }

    mutating func retire(_ alias: TrackAlias, request: RequestID) {
        guard live[alias.value]?.request == request else { return }
        live[alias.value] = nil
        remember(alias)
    }

    /// The alias of a subscription that we left before it was answered.
    mutating func retireUnused(_ alias: TrackAlias) {
        if live[alias.value] == nil { remember(alias) }
    }

    private mutating func remember(_ alias: TrackAlias) {
        guard retired.insert(alias.value).inserted else { return }
        if retiredOrder.count < Self.maximumRetired {
            retiredOrder.append(alias.value)
        } else {
            retired.remove(retiredOrder[oldest])
            retiredOrder[oldest] = alias.value
            oldest = (oldest + 1) % Self.maximumRetired
        }
    }
}
