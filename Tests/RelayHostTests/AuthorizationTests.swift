import Containers
import Dispatch
import MOQTClient
import MOQTModel
import MOQTSession
import MOQTWire
import QUICTransport
import RelayHost
import Testing

@Suite("An authorizer decides over sessions and requests (draft-18 section 10.2.2)", .serialized)
struct AuthorizationTests {
    static let drafts = [Draft.draft14, .draft16, .draft18, .draft19]
    static let name = FullTrackName(namespace: TrackNamespace("guarded"), name: Array("t".utf8))
    static let token = AuthorizationToken.useValue(type: 7, value: Array("let me in".utf8))

    static func carriers(_ draft: Draft) -> ClientConfiguration.Carrier {
        draft.number % 2 == 0 ? .webTransport : .quic
    }

    private func harness(
        _ authorizer: RecordingAuthorizer, _ adjust: (inout RelayConfiguration) -> Void = { _ in }
    ) throws -> RelayHarness {
        try RelayHarness {
            $0.authorizer = authorizer
            adjust(&$0)
        }
    }

    private func denying(_ action: AuthorizationRequest.Action) -> RecordingAuthorizer {
        RecordingAuthorizer { $0.action == action ? .deny(.unauthorized, reason: "not you") : .allow }
    }

    private func expectDenied(_ failure: RequestFailure?, _ action: AuthorizationRequest.Action) {
        #expect(failure?.code == .unauthorized, "\(action)")
        #expect(failure?.reason == "not you", "\(action)")
    }

    @Test(
        "a denied SUBSCRIBE, FETCH and TRACK_STATUS are refused with UNAUTHORIZED and the reason",
        arguments: drafts)
    func subscriberDenied(draft: Draft) throws {
        for action in [AuthorizationRequest.Action.subscribe, .fetch, .trackStatus] {
            let authorizer = denying(action)
            let harness = try harness(authorizer)
            let source = try harness.connect(.quic, draft)
            let publisher = source.addTrack(Self.name)
            publisher.beginGroup(0)
            publisher.write([1])
            let announcement = try harness.announce(Self.name.namespace, on: source)
            let viewer = try harness.connect(Self.carriers(draft), draft)
            let received = ReceivedTrack()
            let subscriber = try viewer.subscribe(Self.name) { received.take($0) }
            let fetched = FetchedObjects()
            _ = try viewer.fetch(Self.name, from: .zero, endGroup: 0) { fetched.take($0) }
            var status: Result<TrackStatus, RequestFailure>?
            try viewer.trackStatus(Self.name) { status = $0 }
            #expect(
                harness.run(milliseconds: 5_000) {
                    (received.isAccepted || received.isOver) && fetched.isOver && status != nil
                })
            var statusFailure: RequestFailure?
            if case .failure(let failure)? = status { statusFailure = failure }
            switch action {
            case .subscribe: expectDenied(received.failure, action)
            case .fetch: expectDenied(fetched.failure, action)
            default: expectDenied(statusFailure, action)
            }
            #expect((received.failure == nil) == (action != .subscribe))
            #expect((fetched.failure == nil) == (action != .fetch))
            #expect((statusFailure == nil) == (action != .trackStatus))
            #expect(authorizer.requests(action).map(\.track) == [Self.name])
            withExtendedLifetime((subscriber, announcement)) {}
        }
    }

    @Test(
        "a denied PUBLISH, PUBLISH_NAMESPACE and SUBSCRIBE_NAMESPACE are refused likewise", arguments: drafts)
    func publisherDenied(draft: Draft) throws {
        let authorizer = RecordingAuthorizer { request in
            switch request.action {
            case .publish, .publishNamespace, .subscribeNamespace: .deny(.unauthorized, reason: "not you")
            default: .allow
            }
        }
        let harness = try harness(authorizer)
        let source = try harness.connect(Self.carriers(draft), draft)
        let publisher = source.addTrack(Self.name)
        var pushed: RequestFailure??
        try source.push(publisher) { pushed = .some($0) }
        var announced: RequestFailure??
        let announcement = try source.announce(Self.name.namespace) { announced = .some($0) }
        var watched: RequestFailure?
        let watch = try source.watchNamespaces(Self.name.namespace) { event in
            if case .refused(let failure) = event { watched = failure }
        }
        #expect(harness.run(milliseconds: 5_000) { pushed != nil && announced != nil && watched != nil })
        expectDenied(pushed ?? nil, .publish)
        expectDenied(announced ?? nil, .publishNamespace)
        expectDenied(watched, .subscribeNamespace(.namespaces))
        #expect(authorizer.requests(.publish).map(\.track) == [Self.name])
        #expect(authorizer.requests(.publishNamespace).map(\.namespace) == [Self.name.namespace])
        withExtendedLifetime((announcement, watch)) {}
    }

    @Test(
        "a denied session is closed with UNAUTHORIZED; SETUP's tokens and the path are shown",
        arguments: drafts)
    func sessionDenied(draft: Draft) throws {
        let authorizer = RecordingAuthorizer { request in
            request.session.tokens.isEmpty ? .deny(.unauthorized, reason: "no token") : .allow
        }
        let harness = try harness(authorizer)
        for (tokens, isWelcome) in [([], false), ([Self.token], true)] {
            var configuration = ClientConfiguration(
                carrier: Self.carriers(draft), host: harness.host, port: harness.port)
            configuration.drafts = [draft]
            configuration.path = "/live?who=me"
            configuration.verification = .pinned(sha256: [harness.server.certificateSHA256])
            configuration.authorizationTokens = tokens
            let connection = try harness.client.connect(configuration)
            var closure: ClientClosure?
            connection.onClosed = { closure = $0 }
            var answer: RequestFailure??
            connection.onEstablished = {
                _ = try? connection.announce(Self.name.namespace) { answer = .some($0) }
            }
            _ = harness.run(milliseconds: 5_000) { closure != nil || answer != nil }
            if isWelcome {
                #expect(answer == .some(nil) && closure == nil)
            } else {
                #expect(closure == .closedByPeer(code: 0x2, reason: "no token"))
            }
        }
        let shown = authorizer.requests(.connect).map(\.session)
        #expect(shown.map(\.path) == ["/live?who=me", "/live?who=me"])
        #expect(shown.last?.tokens == [.init(type: 7, value: Array("let me in".utf8))])
        #expect(Set(shown.map(\.id)).count == 2)
    }

    @Test("tokens of requests are shown by value, also when an alias stands for them", arguments: drafts)
    func aliases(draft: Draft) throws {
        let authorizer = RecordingAuthorizer { request in
            if request.action != .subscribe { return .allow }
            return request.tokens.isEmpty ? .deny() : .deny(.expiredToken, reason: "too old")
        }
        let harness = try harness(authorizer)
        let viewer = try harness.connect(Self.carriers(draft), draft)
        var codes: [RequestErrorCode] = []
        for token in [
            AuthorizationToken.register(alias: 3, type: 7, value: [1, 2, 3]), .useAlias(3), .delete(alias: 3),
        ] {
            var parameters = MessageParameters()
            parameters.authorizationTokens = [token]
            _ = try viewer.subscribe(Self.name, parameters: parameters) { event in
                if case .refused(let failure) = event { codes.append(failure.code) }
            }
            let count = codes.count
            #expect(harness.run(milliseconds: 5_000) { codes.count > count })
        }
        let shown = AuthorizationRequest.Token(type: 7, value: [1, 2, 3])
        #expect(authorizer.requests(.subscribe).map(\.tokens) == [[shown], [shown], []])
        #expect(codes == [.expiredAuthToken, .expiredAuthToken, .unauthorized])
        // The alias is gone: a rule of the session.
        var closure: ClientClosure?
        viewer.onClosed = { closure = $0 }
        var parameters = MessageParameters()
        parameters.authorizationTokens = [.useAlias(3)]
        _ = try viewer.subscribe(Self.name, parameters: parameters) { _ in }
        #expect(harness.run(milliseconds: 5_000) { closure != nil })
        guard case .closedByPeer(let code, _)? = closure else {
            Issue.record("\(String(describing: closure))")
            return
        }
        #expect(code == 0x17)
    }

    @Test(
        "an answer may take its time: what follows the request waits with it, other requests do not",
        arguments: drafts)
    func late(draft: Draft) throws {
        let authorizer = RecordingAuthorizer(after: .milliseconds(150)) { _ in .allow }
        let harness = try harness(authorizer) { $0.workers = 2 }
        let source = try harness.connect(.quic, draft)
        let publisher = source.addTrack(Self.name)
        var pushed: RequestFailure??
        try source.push(publisher) { pushed = .some($0) }
        #expect(harness.run(milliseconds: 5_000) { pushed == .some(nil) })
        publisher.beginGroup(0)
        publisher.write([1, 2, 3])
        let viewer = try harness.connect(Self.carriers(draft), draft)
        let received = ReceivedTrack()
        var parameters = MessageParameters()
        parameters.filter = .nextObject
        let subscriber = try viewer.subscribe(Self.name, parameters: parameters) { received.take($0) }
        var update = MessageParameters()
        update.subscriberPriority = 3
        try subscriber.update(update)
        let past = FetchedObjects()
        if draft.rules.fetchRangeTravelsIn == .fields {
            _ = try viewer.fetch(joining: subscriber, groupCount: 0) { past.take($0) }
            #expect(harness.run(milliseconds: 5_000) { past.isOver })
            #expect(past.locations == [Location(group: 0, object: 0)], "\(String(describing: past.failure))")
        }
        #expect(harness.run(milliseconds: 5_000) { received.isAccepted })
        publisher.write([4])
        #expect(harness.run(milliseconds: 5_000) { received.locations == [Location(group: 0, object: 1)] })
        #expect(authorizer.requests(.fetch).map(\.track) == [Self.name])
    }

    @Test("an authorizer that never answers denies", arguments: [Draft.draft14, .draft18])
    func silence(draft: Draft) throws {
        let authorizer = RecordingAuthorizer { $0.action == .subscribe ? nil : .allow }
        let harness = try harness(authorizer) { $0.authorizationTimeout = 300 }
        let viewer = try harness.connect(.quic, draft)
        var failure: RequestFailure?
        let subscriber = try viewer.subscribe(Self.name) { event in
            if case .refused(let reason) = event { failure = reason }
        }
        #expect(harness.run(milliseconds: 5_000) { failure != nil })
        #expect(failure?.code == .internalError)
        // A request that is withdrawn before the answer is asked for no longer.
        let other = try viewer.subscribe(Self.name) { _ in Issue.record("no event follows a cancellation") }
        other.cancel()
        _ = harness.run(milliseconds: 600)
        #expect(viewer.isEstablished && !viewer.isClosed)
        withExtendedLifetime(subscriber) {}
    }

    // Rules: 19-10.9.1-2
    @Test(
        "an update of a FETCH that shows a denied token resets its stream",
        arguments: [Draft.draft16, .draft18, .draft19])
    func fetchUpdateDenied(draft: Draft) throws {
        let authorizer = RecordingAuthorizer { $0.action == .update ? .deny() : .allow }
        let harness = try harness(authorizer)
        let source = try harness.connect(.quic, draft)
        let publisher = source.addTrack(Self.name)
        publisher.beginGroup(0)
        for _ in 0..<60 { publisher.write([UInt8](repeating: 1, count: 100_000)) }
        let announcement = try harness.announce(Self.name.namespace, on: source)
        let viewer = try harness.connect(.quic, draft)
        let fetched = FetchedObjects()
        let fetch = try viewer.fetch(Self.name, from: .zero, endGroup: 0) { fetched.take($0) }
        viewer.isPaused = true
        #expect(harness.run(milliseconds: 5_000) { fetched.locations.count > 3 })
        var update = MessageParameters()
        update.authorizationTokens = [Self.token]
        try fetch.update(update)
        #expect(harness.run(milliseconds: 5_000) { fetched.isOver })
        #expect(fetched.isBroken && fetched.locations.count < 60)
        withExtendedLifetime(announcement) {}
    }

    @Test(
        "an update that shows a denied token ends its subscription",
        arguments: [Draft.draft16, .draft18, .draft19])
    func updateDenied(draft: Draft) throws {
        let authorizer = RecordingAuthorizer { $0.action == .update ? .deny() : .allow }
        let harness = try harness(authorizer)
        let source = try harness.connect(.quic, draft)
        let publisher = source.addTrack(Self.name)
        let announcement = try harness.announce(Self.name.namespace, on: source)
        let viewer = try harness.connect(.quic, draft)
        let received = ReceivedTrack()
        let subscriber = try viewer.subscribe(Self.name) { received.take($0) }
        #expect(harness.run(milliseconds: 5_000) { received.isAccepted })
        var update = MessageParameters()
        update.subscriberPriority = 9
        try subscriber.update(update)
        update.authorizationTokens = [Self.token]
        try subscriber.update(update)
        #expect(harness.run(milliseconds: 5_000) { received.isOver })
        #expect(received.ending == .updateFailed)
        #expect(authorizer.requests(.update).map(\.track) == [Self.name])
        withExtendedLifetime((publisher, announcement)) {}
    }
}
