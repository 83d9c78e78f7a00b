import MOQTModel

/// What a FETCH that joins a subscription needs to know of it (draft-18 sections 5.1 and 10.12.2).
struct JoinableSubscription {
    /// The Joining Location: the largest object when its forwarding began, as the peer was told.
    var largest: Location?
    /// Its filter says "after the largest object", or nothing.
    var beganAfterLargest: Bool
    var forward: Bool

    /// Takes over an update; forwarding that begins anew has a Joining Location of its own.
    mutating func apply(_ parameters: MessageParameters, largest now: Location?) {
        guard let forward = parameters.forward else { return }
        if forward, !self.forward { largest = now }
        self.forward = forward
    }
}

extension LocationFilter {
    /// The filter that older drafts call Largest Object, or none.
    var isLargestObject: Bool { self == .nextObject || self == .unfiltered }
}
