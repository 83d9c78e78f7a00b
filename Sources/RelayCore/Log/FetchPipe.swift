import Containers
import MOQTModel

/// What an upstream publisher sends in answer to a FETCH of the relay's, on its way to one FETCH that is being
/// answered: objects pass through as their bytes arrive.
///
/// How much may wait in it is the producer's to bound: it is told of what has been taken.
public final class FetchPipe {
    public enum Item: Sendable {
        /// `payload` follows, as many bytes as the header says.
        case object(FetchObjectHeader)
        case payload(Payload)
        case gap(FetchGap, through: Location)
    }

    public enum Event: Sendable {
        /// FETCH_OK; may come after items.
        case accepted(FetchOK)
        case item(Item)
        /// Nothing follows.
        case ended(SubgroupEnd)
        /// Nobody answers the FETCH; nothing follows.
        case refused(RequestFailure)
    }

    /// What was asked for. Of the last groups of a track it is all of the track, until the answer names the end.
    public private(set) var range: FetchRange
    public let order: GroupOrder
    private let groupCount: UInt64?
    public private(set) var answer: FetchOK?
    public private(set) var failure: RequestFailure?
    public private(set) var end: SubgroupEnd?
    /// Something has come, or it is known that nothing will.
    public var hasBegun: Bool { hasItems || end != nil || failure != nil }
    /// An object or a gap has come.
    public private(set) var hasItems = false
    /// Bytes of payload were taken out.
    public var onTaken: (Int) -> Void = { _ in }
    /// Nobody wants the rest.
    public var onAbandoned: () -> Void = {}

    private var items: [Item] = []
    private var next = 0
    private var isAbandoned = false

    public init(_ range: FetchRange, order: GroupOrder, groupCount: UInt64? = nil) {
        self.range = range
        self.order = order
        self.groupCount = groupCount
    }

    public func receive(_ event: Event) {
        guard !isAbandoned, end == nil, failure == nil else { return }
        switch event {
        case .accepted(let ok):
            answer = ok
            if let groupCount { range = FetchRange(groupCount: groupCount, upTo: ok) }
        case .item(let item):
            items.append(item)
            hasItems = true
        case .ended(let ending): end = ending
        case .refused(let reason): failure = reason
        }
    }

    /// The oldest item that was not taken yet.
    public func take() -> Item? {
        guard next < items.count else { return nil }
        let item = items[next]
        next += 1
        if next == items.count {
            items.removeAll(keepingCapacity: true)
            next = 0
        } else if next >= 64, next * 2 >= items.count {
            items.removeFirst(next)
            next = 0
        }
        if case .payload(let bytes) = item { onTaken(bytes.count) }
        return item
    }

    /// Everything that came has been taken, and nothing will follow.
    public var isDrained: Bool { next == items.count && (end != nil || failure != nil) }

    /// Lets go of everything.
    public func abandon() {
        guard !isAbandoned else { return }
        isAbandoned = true
        items = []
        next = 0
        onAbandoned()
    }
}
