import MOQTModel

@testable import RelayCore

/// Keeps what the relay's actions have built up, and writes down every action that contradicts it.
final class RelayLedger {
    var problems: [String] = []
    private var open: Set<SessionKey> = []
    /// Requests without an answer, and subscriptions, by session.
    private var pending: [SessionKey: Set<RequestID>] = [:]
    private(set) var subscriptions: [SubscriberKey: TrackID] = [:]
    private(set) var upstream: [TrackID: Set<SessionKey>] = [:]
    private(set) var homes: [TrackID: UInt16] = [:]
    private(set) var openTracks: Set<TrackID> = []
    private var endedTracks: Set<TrackID> = []
    /// Who waits for something from upstream, and from which FETCH it is to come.
    private(set) var fetchReaders: [FetchReader: UpstreamFetchID] = [:]
    private(set) var replicas: [TrackID: Set<UInt16>] = [:]
    private(set) var announced: [RequestKey: Set<TrackNamespace>] = [:]

    var isEmpty: Bool {
        subscriptions.isEmpty && upstream.allSatisfy { $0.value.isEmpty } && openTracks.isEmpty
            && replicas.allSatisfy { $0.value.isEmpty } && announced.isEmpty
    }

    func note(_ input: RelayInput) {
        switch input {
        case .sessionOpened(let key, _): open.insert(key)
        case .sessionClosed(let key):
            open.remove(key)
            pending[key] = nil
            subscriptions = subscriptions.filter { $0.key.session != key }
            announced = announced.filter { $0.key.session != key }
            fetchReaders = fetchReaders.filter { $0.key.session != key }
            for track in upstream.keys { upstream[track]?.remove(key) }
        case .subscribeReceived(let key, let request), .trackStatusReceived(let key, let request):
            pending[key, default: []].insert(request.requestID)
        case .fetchReceived(let key, let request): pending[key, default: []].insert(request.requestID)
        case .publishReceived(let key, let request): pending[key, default: []].insert(request.requestID)
        case .publishNamespaceReceived(let key, let request):
            pending[key, default: []].insert(request.requestID)
        case .subscribeNamespaceReceived(let key, let request):
            pending[key, default: []].insert(request.requestID)
        case .subscribeNamespaceEnded(let key, let request):
            announced[RequestKey(session: key, request: request)] = nil
        case .subscriptionCancelled(let key, .requested(let request)): pending[key]?.remove(request)
        case .deliveryEnded(let key, let reference):
            subscriptions[SubscriberKey(session: key, reference: reference)] = nil
        case .upstreamFetchWanted(let reader, _, _, _):
            if open.contains(reader.session) { fetchReaders[reader] = UpstreamFetchID(0) }
        case .upstreamFetchUnwanted(let reader): fetchReaders[reader] = nil
        case .upstreamRefused(let key, let track, _), .upstreamDone(let key, let track, _):
            upstream[track]?.remove(key)
        default: break
        }
    }

    func note(_ action: RelayAction) {
        switch action {
        case .acceptRequest(let key, let request), .refuse(let key, let request, _),
            .answerTrackStatus(let key, let request, _, _, _):
            answer(key, request)
        case .serveFetch(let key, let fetch, let track, let home, _):
            answer(key, fetch.requestID)
            if fetch.range.track != nil { attach(key, .fetched(fetch.requestID), track, home) }
        case .serveFetchUpstream(let key, let fetch): answer(key, fetch.requestID)
        case .refuseFetchReader(let reader, _):
            alive(reader.session)
            expect(fetchReaders.removeValue(forKey: reader) != nil, "refused a reader that waits for nothing")
        case .fetchUpstream(let key, let id, _, let readers):
            alive(key)
            expect(!readers.isEmpty, "fetch for nobody")
            for reader in readers {
                expect(fetchReaders[reader] != nil, "fetch for a reader that waits for nothing")
                fetchReaders[reader] = id
            }
        case .addFetchReader(let key, let id, let reader, _):
            alive(key)
            expect(
                fetchReaders.updateValue(id, forKey: reader) != nil, "added a reader that waits for nothing")
        case .removeFetchReader(let key, _, _), .cancelFetchUpstream(let key, _): alive(key)
        case .acceptPublish(let key, let request, let track, let home, _):
            answer(key, request)
            expect(
                openTracks.contains(track) && homes[track] == home, "publish into a track that is not open")
        case .refuseUpdate(let key, let request, _, _):
            alive(key)
            announced[RequestKey(session: key, request: request)] = nil
        case .acceptUpdate(let key, _, _), .cancelPublish(let key, _, _), .updateUpstream(let key, _, _),
            .skipPublish(let key, _, _, _):
            alive(key)
        case .subscribeUpstream(let key, let track, _, let home, _):
            alive(key)
            expect(
                openTracks.contains(track) && homes[track] == home, "subscribe into a track that is not open")
            expect(upstream[track, default: []].insert(key).inserted, "second subscription to \(key)")
        case .unsubscribeUpstream(let key, let track):
            alive(key)
            expect(upstream[track]?.remove(key) != nil, "unsubscribe without subscription to \(key)")
        case .openTrack(let home, let track, _):
            expect(openTracks.insert(track).inserted, "track \(track) opened twice")
            homes[track] = home
        case .endTrack(let home, let track, _):
            expect(openTracks.contains(track) && homes[track] == home, "track \(track) is not open")
            expect(upstream[track, default: []].isEmpty, "track \(track) ended under its source")
            expect(endedTracks.insert(track).inserted, "track \(track) ended twice")
        case .describeTrack(let home, let track, _), .sourceGone(let home, let track, _, _):
            expect(openTracks.contains(track) && homes[track] == home, "track \(track) is not open")
        case .closeTrack(let home, let track):
            expect(openTracks.remove(track) != nil && homes[track] == home, "closed track \(track) again")
            expect(replicas[track, default: []].isEmpty, "track \(track) closed before its replicas")
            expect(!subscriptions.values.contains(track), "track \(track) closed under its subscribers")
        case .openReplica(let shard, let track, let home, _):
            expect(homes[track] == home && shard != home, "replica of \(track) with a wrong home")
            expect(replicas[track, default: []].insert(shard).inserted, "replica of \(track) opened twice")
        case .feedReplica(let home, let track, let to), .stopReplica(let home, let track, let to):
            expect(
                homes[track] == home && replicas[track]?.contains(to) == true, "no such replica of \(track)")
        case .closeReplica(let shard, let track):
            expect(replicas[track]?.remove(shard) != nil, "closed replica of \(track) again")
            expect(
                !subscriptions.contains { $0.value == track && $0.key.session.shard == shard },
                "replica of \(track) closed under its subscribers")
        case .attachSubscriber(let key, let track, let home, let request, _, _):
            answer(key, request.requestID)
            attach(key, .requested(request.requestID), track, home)
        case .publishDownstream(let key, let track, let home, _, _, _, _):
            alive(key)
            attach(key, .published(track), track, home)
        case .updateSubscriber(let key, let reference, let track, _),
            .confirmSubscriber(let key, let reference, let track, _),
            .endSubscription(let key, let reference, let track, _, _, _):
            alive(key)
            expect(
                subscriptions[SubscriberKey(session: key, reference: reference)] == track,
                "no such subscriber")
        case .detachSubscriber(let key, let reference, let track):
            alive(key)
            let old = subscriptions.removeValue(forKey: SubscriberKey(session: key, reference: reference))
            expect(old == track, "detached a subscriber that is not there")
        case .announce(let key, let request, let prefix, let suffix):
            alive(key)
            let isNew = announced[RequestKey(session: key, request: request), default: []]
                .insert(prefix.appending(suffix)).inserted
            expect(isNew, "announced twice: \(suffix)")
        case .withdraw(let key, let request, let prefix, let suffix):
            alive(key)
            let old = announced[RequestKey(session: key, request: request)]?.remove(prefix.appending(suffix))
            expect(old != nil, "withdrawn before announced: \(suffix)")
        }
    }

    private func attach(
        _ key: SessionKey, _ reference: SubscriptionReference, _ track: TrackID, _ home: UInt16
    ) {
        expect(openTracks.contains(track) && homes[track] == home, "attached to a track that is not open")
        expect(
            key.shard == home || replicas[track]?.contains(key.shard) == true, "attached without a replica")
        let old = subscriptions.updateValue(track, forKey: SubscriberKey(session: key, reference: reference))
        expect(old == nil, "attached twice")
    }

    private func alive(_ key: SessionKey) { expect(open.contains(key), "action for closed session \(key)") }

    private func answer(_ key: SessionKey, _ request: RequestID) {
        alive(key)
        expect(pending[key]?.remove(request) != nil, "answer to \(request) of \(key), which is not asked")
    }

    private func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
        if !holds { problems.append(text()) }
    }
}
