public import MOQTModel

/// What a FETCH that joins a subscription needs to know of it (draft-18 sections 5.1 and 10.12.2).
public struct JoinableSubscription: Sendable {
    /// The Joining Location: the largest object when its forwarding began, as the peer was told.
    public var largest: Location?
    /// Its filter says "after the largest object", or nothing.
    public var beganAfterLargest: Bool
    public var forward: Bool

    public init(largest: Location?, filter: LocationFilter?, forward: Bool) {
        self.largest = largest
        beganAfterLargest = filter.map { $0 == .nextObject || $0 == .unfiltered } ?? true
        self.forward = forward
    }

    /// Takes over an update; forwarding that begins anew has a Joining Location of its own.
    public mutating func apply(_ parameters: MessageParameters, largest now: Location?) {
        guard let forward = parameters.forward else { return }
        if forward, !self.forward { largest = now }
        self.forward = forward
    }
}
