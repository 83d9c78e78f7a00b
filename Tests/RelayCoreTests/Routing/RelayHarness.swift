import Containers
import MOQTModel
import Testing

@testable import RelayCore

/// A relay on virtual time, with short ways to say what peers do, and a ledger that checks every action.
final class RelayHarness {
    let relay: Relay
    let ledger = RelayLedger()
    var now = Instant(nanoseconds: 1_000_000_000)
    private var lastSerial: UInt64 = 0
    private var lastRequest: UInt64 = 0
    /// Actions since the last input.
    private(set) var actions: [RelayAction] = []

    init(_ adjust: (inout RelayLimits) -> Void = { _ in }) {
        var limits = RelayLimits()
        adjust(&limits)
        relay = Relay(limits: limits)
    }

    @discardableResult
    func send(_ input: RelayInput) -> [RelayAction] {
        ledger.note(input)
        relay.handle(input, now: now)
        return collect()
    }

    /// Moves the clock and lets deadlines expire.
    @discardableResult
    func advance(milliseconds: UInt64) -> [RelayAction] {
        now = now.advanced(byMilliseconds: milliseconds)
        relay.timeout(now: now)
        return collect()
    }

    private func collect() -> [RelayAction] {
        actions = []
        relay.drainActions { actions.append($0) }
        for action in actions { ledger.note(action) }
        for problem in ledger.problems + relay.brokenInvariants() { Issue.record("\(problem)") }
        ledger.problems = []
        return actions
    }

    func open(shard: UInt16 = 0, repeats: Bool = false) -> SessionKey {
        lastSerial += 1
        let key = SessionKey(shard: shard, serial: lastSerial)
        send(.sessionOpened(key, SessionTraits(mayRepeatSubscriptions: repeats)))
        return key
    }

    func open(traits: SessionTraits) -> SessionKey {
        lastSerial += 1
        let key = SessionKey(shard: 0, serial: lastSerial)
        send(.sessionOpened(key, traits))
        return key
    }

    func request() -> RequestID {
        lastRequest += 1
        return RequestID(lastRequest)
    }

    @discardableResult
    func subscribe(
        _ session: SessionKey, _ track: FullTrackName, rendezvous: UInt64? = nil,
        _ adjust: (inout MessageParameters) -> Void = { _ in }
    ) -> RequestID {
        var request = Subscribe(requestID: request(), track: track)
        request.parameters.rendezvousTimeout = rendezvous
        adjust(&request.parameters)
        send(.subscribeReceived(session, request))
        return request.requestID
    }

    @discardableResult
    func publishNamespace(_ session: SessionKey, _ fields: String...) -> RequestID {
        let id = request()
        let namespace = TrackNamespace(fields.map { Array($0.utf8) })
        send(.publishNamespaceReceived(session, PublishNamespace(requestID: id, namespace: namespace)))
        return id
    }

    @discardableResult
    func publish(
        _ session: SessionKey, _ track: FullTrackName, _ adjust: (inout TrackProperties) -> Void = { _ in }
    ) -> RequestID {
        var publish = Publish(requestID: request(), track: track, alias: TrackAlias(lastRequest))
        adjust(&publish.properties)
        send(.publishReceived(session, publish))
        return publish.requestID
    }

    @discardableResult
    func want(
        _ session: SessionKey, _ interest: SubscribeNamespace.Interest, _ fields: String...,
        adjust: (inout MessageParameters) -> Void = { _ in }
    ) -> RequestID {
        let id = request()
        let prefix = TrackNamespace(fields.map { Array($0.utf8) })
        var message = SubscribeNamespace(requestID: id, prefix: prefix, interest: interest)
        adjust(&message.parameters)
        send(.subscribeNamespaceReceived(session, message))
        return id
    }

    @discardableResult
    func accept(
        _ session: SessionKey, _ track: TrackID, _ adjust: (inout TrackProperties) -> Void = { _ in }
    ) -> [RelayAction] {
        var ok = SubscribeOK(alias: TrackAlias(1))
        adjust(&ok.properties)
        return send(.upstreamAccepted(session, track, ok))
    }

    /// A session that has published the namespace of `track` and answered the relay's SUBSCRIBE for a subscriber.
    func establish(
        _ track: FullTrackName, publisher: SessionKey, subscriber: SessionKey
    ) throws -> (track: TrackID, request: RequestID) {
        send(
            .publishNamespaceReceived(
                publisher, PublishNamespace(requestID: request(), namespace: track.namespace)))
        let request = subscribe(subscriber, track)
        let asked = try #require(asked.first)
        accept(asked.session, asked.track)
        return (asked.track, request)
    }

    // What the last input led to.

    var asked: [(session: SessionKey, track: TrackID)] {
        actions.compactMap {
            if case .subscribeUpstream(let session, let track, _, _, _) = $0 { (session, track) } else { nil }
        }
    }
    var left: [SessionKey] {
        actions.compactMap { if case .unsubscribeUpstream(let session, _) = $0 { session } else { nil } }
    }
    var upstreamUpdates: [MessageParameters] {
        actions.compactMap {
            if case .updateUpstream(_, _, let parameters) = $0 { parameters } else { nil }
        }
    }
    /// Known tracks, oldest first.
    var tracks: [TrackID] { relay.tracks.keys.sorted() }
    var pushedParameters: [MessageParameters] {
        actions.compactMap {
            if case .publishDownstream(_, _, _, _, let parameters, _, _) = $0 { parameters } else { nil }
        }
    }
    var attached: [SessionKey] {
        actions.compactMap {
            if case .attachSubscriber(let session, _, _, _, _, _) = $0 { session } else { nil }
        }
    }
    var refusals: [RequestErrorCode] {
        actions.compactMap {
            switch $0 {
            case .refuse(_, _, let failure), .refuseUpdate(_, _, _, let failure): failure.code
            default: nil
            }
        }
    }
    var pushed: [SessionKey] {
        actions.compactMap {
            if case .publishDownstream(let session, _, _, _, _, _, _) = $0 { session } else { nil }
        }
    }
    var ended: [(session: SessionKey, status: PublishDoneStatus, ending: SubscriptionEnding)] {
        actions.compactMap {
            if case .endSubscription(let session, _, _, let status, _, let ending) = $0 {
                (session, status, ending)
            } else {
                nil
            }
        }
    }
    var announced: [String] {
        actions.compactMap {
            if case .announce(_, _, _, let suffix) = $0 { suffix.description } else { nil }
        }
    }
    var withdrawn: [String] {
        actions.compactMap {
            if case .withdraw(_, _, _, let suffix) = $0 { suffix.description } else { nil }
        }
    }
    var accepted: Int {
        actions.count { if case .acceptRequest = $0 { true } else { false } }
    }
    func count(_ matches: (RelayAction) -> Bool) -> Int { actions.count(where: matches) }
}

extension FullTrackName {
    /// `a/b/t`: the last part is the track name.
    init(_ path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map { Array($0.utf8) }
        self.init(namespace: TrackNamespace(Array(parts.dropLast())), name: parts.last ?? [])
    }
}
