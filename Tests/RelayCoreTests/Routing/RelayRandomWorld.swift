import Containers
import MOQTModel

@testable import RelayCore

/// Peers that do whatever the dice say: in the order of the protocol mostly, against it at times.
struct RelayRandomWorld {
    let house: RelayHarness
    private(set) var trace: [String] = []
    private(set) var attachments = 0
    private var dice: SplitMix
    private var sessions: [SessionKey] = []
    private var requests: [(SessionKey, RequestID)] = []
    /// Actions that want an answer some time.
    private var owed: [RelayInput] = []
    private var readers: [FetchReader] = []
    private var nextPipe: UInt64 = 0

    init(seed: UInt64) {
        dice = SplitMix(state: seed)
        let strict = seed % 3 == 0
        house = RelayHarness {
            $0.linger = seed % 2 == 0 ? 0 : 300
            $0.takeoverGrace = 700
            $0.upstreamAnswerTimeout = 900
            $0.answersTrackStatus = true
            $0.servesFetch = true
            $0.upstreamFetchesPerSession = 3
            $0.fetchReadsPerSession = 3
            $0.forwardsIdlePublishes = !strict
            $0.tracks = 12
            $0.heldRequests = 4
            $0.sourcesPerTrack = strict ? 1 : 4
            $0.subscriptionsPerSession = 6
        }
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps {
            step()
            if dice.below(6) == 0 { note(house.advance(milliseconds: UInt64(dice.below(400)))) }
        }
        while let session = sessions.popLast() { note(house.send(.sessionClosed(session))) }
        note(house.advance(milliseconds: 100_000))
    }

    private mutating func step() {
        if sessions.count < 3 || (sessions.count < 12 && dice.below(12) == 0) {
            return sessions.append(
                house.open(shard: UInt16(dice.below(3)), repeats: dice.below(3) == 0))
        }
        if !owed.isEmpty, dice.below(2) == 0 {
            return send(owed.remove(at: dice.below(owed.count)))
        }
        let session = sessions[dice.below(sessions.count)]
        let request = house.request()
        switch dice.below(18) {
        case 0: close(session)
        case 1, 2, 3, 4:
            var subscribe = Subscribe(requestID: request, track: name())
            if dice.below(2) == 0 { subscribe.parameters.rendezvousTimeout = UInt64(dice.below(1_000)) }
            requests.append((session, request))
            send(.subscribeReceived(session, subscribe))
        case 5: send(.trackStatusReceived(session, Subscribe(requestID: request, track: name())))
        case 6, 7:
            requests.append((session, request))
            send(.publishReceived(session, Publish(requestID: request, track: name(), alias: TrackAlias(1))))
        case 8, 9:
            requests.append((session, request))
            let namespace = namespace(fields: 1 + dice.below(2))
            send(
                .publishNamespaceReceived(session, PublishNamespace(requestID: request, namespace: namespace))
            )
        case 10, 11:
            requests.append((session, request))
            let interest = [SubscribeNamespace.Interest.tracks, .namespaces, .both][dice.below(3)]
            let prefix = namespace(fields: dice.below(3))
            send(
                .subscribeNamespaceReceived(
                    session, SubscribeNamespace(requestID: request, prefix: prefix, interest: interest)))
        case 16:
            nextPipe += 1
            let reader = FetchReader(session: session, pipe: nextPipe)
            readers.append(reader)
            let start = Location(group: UInt64(dice.below(2)), object: 0)
            send(
                .upstreamFetchWanted(
                    reader, .name(name()), FetchRange(start: start, end: Location(group: 3, object: 0)),
                    .ascending))
        case 17:
            send(
                .fetchReceived(
                    session,
                    Fetch(
                        requestID: request,
                        range: .standalone(track: name(), start: .zero, endGroup: 1, endObject: nil))))
        case 12: if dice.below(6) == 0 { send(.goAwayReceived(session)) }
        case 13:
            if dice.below(4) == 0 { send(.trackMalformed(TrackID(UInt32(dice.below(60))), .objectDiffers)) }
        default: endSomething()
        }
    }

    /// An end of whatever kind for a request that may have had it already.
    private mutating func endSomething() {
        if !readers.isEmpty, dice.below(5) == 0 {
            return send(.upstreamFetchUnwanted(readers.remove(at: dice.below(readers.count))))
        }
        guard !requests.isEmpty else { return }
        let (session, request) = requests[dice.below(requests.count)]
        switch dice.below(7) {
        case 0, 1: send(.subscriptionCancelled(session, .requested(request)))
        case 2: send(.publishEnded(session, request, done()))
        case 3: send(.publishNamespaceEnded(session, request))
        case 4: send(.subscribeNamespaceEnded(session, request))
        case 5:
            var update = RequestUpdate(requestID: house.request())
            update.parameters.namespacePrefix = namespace(fields: dice.below(3))
            send(.subscribeNamespaceUpdated(session, request, update))
        default:
            let update = RequestUpdate(requestID: house.request())
            send(.subscriptionUpdated(session, .requested(request), update))
        }
    }

    private mutating func close(_ session: SessionKey) {
        sessions.removeAll { $0 == session }
        send(.sessionClosed(session))
    }

    private mutating func send(_ input: RelayInput) { note(house.send(input)) }

    private mutating func note(_ actions: [RelayAction]) {
        for action in actions {
            trace.append("\(action)")
            switch action {
            case .subscribeUpstream(let session, let track, _, _, _):
                switch dice.below(4) {
                case 0: owed.append(.upstreamRefused(session, track, RequestFailure(.doesNotExist)))
                case 1: break
                default:
                    owed.append(.upstreamAccepted(session, track, SubscribeOK(alias: TrackAlias(1))))
                    if dice.below(2) == 0 { owed.append(.upstreamDone(session, track, done())) }
                }
            case .serveFetch(let session, let fetch, _, _, _):
                owed.append(.deliveryEnded(session, .fetched(fetch.requestID)))
            case .fetchUpstream(let session, let id, _, _):
                switch dice.below(4) {
                case 0: owed.append(.upstreamFetchAnswered(session, id, RequestFailure(.doesNotExist)))
                case 1: break
                default:
                    owed.append(.upstreamFetchAnswered(session, id, nil))
                    owed.append(.upstreamFetchEnded(session, id))
                }
            case .publishDownstream(let session, let track, _, _, _, _, _):
                owed.append(
                    dice.below(3) == 0
                        ? .downstreamPublishRefused(session, track, RequestFailure(.uninterested))
                        : .downstreamPublishAccepted(session, track, MessageParameters()))
            case .endSubscription(let session, let reference, _, _, _, _):
                owed.append(.deliveryEnded(session, reference))
            case .attachSubscriber: attachments += 1
            default: break
            }
        }
    }

    private mutating func done() -> PublishDone? {
        let statuses: [PublishDoneStatus?] = [nil, .trackEnded, .goingAway, .expired, .internalError]
        return statuses[dice.below(statuses.count)].map { PublishDone(status: $0, streamCount: 1) }
    }

    private mutating func namespace(fields: Int) -> TrackNamespace {
        TrackNamespace((0..<fields).map { _ in [UInt8(ascii: "a") + UInt8(dice.below(2))] })
    }

    private mutating func name() -> FullTrackName {
        FullTrackName(namespace: namespace(fields: 1 + dice.below(2)), name: [UInt8(dice.below(2))])
    }
}
