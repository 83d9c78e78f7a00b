import MOQTModel
import MOQTPeer
import RelayCore

/// A track that the peer is sent, under the request that this is kept by.
struct Downstream {
    let track: TrackID
    var past: Past

    /// What requests for the track's past need to know of the subscription, by what the draft has. Apart, so that
    /// thousands of subscriptions that never ask cost little.
    enum Past {
        /// FETCHes join it.
        indirect case joinable(JoinableSubscription)
        /// Fills of it cover, where they say nothing else, what its own filter covers: the whole track.
        case unfiltered
        /// ... or what comes next.
        case nextObject
        /// ... or this.
        indirect case filtered(LocationFilter)
    }

    /// nil where the draft has fills instead.
    var joinable: JoinableSubscription? {
        if case .joinable(let subscription) = past { subscription } else { nil }
    }

    /// nil where the draft has no fills.
    var filter: LocationFilter? {
        switch past {
        case .joinable: nil
        case .unfiltered: .unfiltered
        case .nextObject: .nextObject
        case .filtered(let filter): filter
        }
    }

    static func past(filter: LocationFilter?) -> Past {
        switch filter {
        case nil, .unfiltered: .unfiltered
        case .nextObject: .nextObject
        case .some(let filter): .filtered(filter)
        }
    }

    /// Takes over an update of the subscription; what that leaves out stays.
    mutating func apply(_ update: MessageParameters, largest: Location?) {
        if case .joinable(var subscription) = past {
            subscription.apply(update, largest: largest)
            past = .joinable(subscription)
        } else if let filter = update.filter {
            past = Self.past(filter: filter)
        }
    }
}
