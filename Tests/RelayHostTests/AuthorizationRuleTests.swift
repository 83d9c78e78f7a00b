import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import RelayHost
import Testing

/// What an authorizer is asked separately (draft-19 sections 9.4, 9.5, 10.19 and 13).
@Suite(.serialized) struct AuthorizationRuleTests {
    static let drafts = [Draft.draft14, .draft16, .draft18, .draft19]
    static let name = AuthorizationTests.name
    static let token = AuthorizationTests.token

    private func tokens(_ tokens: [AuthorizationToken]) -> MessageParameters {
        var parameters = MessageParameters()
        parameters.authorizationTokens = tokens
        return parameters
    }

    // Rules: 19-13-1, 19-9.4-1
    @Test(
        "each subscriber of one track needs a right of its own, though the relay has the track",
        arguments: drafts)
    func eachSubscriber(draft: Draft) throws {
        let authorizer = RecordingAuthorizer { request in
            request.action == .subscribe && request.tokens.isEmpty ? .deny() : .allow
        }
        let harness = try RelayHarness { $0.authorizer = authorizer }
        let source = try harness.connect(.quic, draft)
        _ = source.addTrack(Self.name)
        let announcement = try harness.announce(Self.name.namespace, on: source)
        let (welcome, stranger) = (ReceivedTrack(), ReceivedTrack())
        let first = try harness.connect(.quic, draft)
        let second = try harness.connect(.quic, draft)
        let one = try first.subscribe(Self.name, parameters: tokens([Self.token])) { welcome.take($0) }
        #expect(harness.run(milliseconds: 5_000) { welcome.isAccepted })
        let other = try second.subscribe(Self.name) { stranger.take($0) }
        #expect(harness.run(milliseconds: 5_000) { stranger.isOver })
        #expect(stranger.failure?.code == .unauthorized)
        #expect(!welcome.isOver)
        withExtendedLifetime((announcement, one, other)) {}
    }

    // Rules: 19-10.2.2-7
    @Test("a token that reads well and is wrong is MALFORMED_AUTH_TOKEN", arguments: drafts)
    func malformedToken(draft: Draft) throws {
        let authorizer = RecordingAuthorizer { request in
            request.tokens.isEmpty ? .allow : .deny(.malformedToken)
        }
        let harness = try RelayHarness { $0.authorizer = authorizer }
        let viewer = try harness.connect(.quic, draft)
        let received = ReceivedTrack()
        let subscriber = try viewer.subscribe(Self.name, parameters: tokens([Self.token])) {
            received.take($0)
        }
        #expect(harness.run(milliseconds: 5_000) { received.isOver })
        #expect(received.failure?.code == .malformedAuthToken)
        #expect(viewer.isEstablished)
        withExtendedLifetime(subscriber) {}
    }

    // Rules: 19-9.5-1, 19-9.5-2
    @Test("the right to publish one track gives none to another, nor to their namespace", arguments: drafts)
    func eachPublication(draft: Draft) throws {
        let other = FullTrackName(namespace: Self.name.namespace, name: [9])
        let authorizer = RecordingAuthorizer { request in
            request.action == .publish && request.track == Self.name || request.action == .connect
                ? .allow : .deny()
        }
        let harness = try RelayHarness { $0.authorizer = authorizer }
        let source = try harness.connect(.quic, draft)
        var outcomes: [RequestFailure?] = []
        for name in [Self.name, other] { try source.push(source.addTrack(name)) { outcomes.append($0) } }
        let announcement = try source.announce(Self.name.namespace) { outcomes.append($0) }
        #expect(harness.run(milliseconds: 5_000) { outcomes.count == 3 })
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.count { $0?.code == .unauthorized } == 2)
        withExtendedLifetime(announcement) {}
    }

    // Rules: 19-10.18-4, 19-10.19-4
    @Test(
        "SUBSCRIBE_NAMESPACE and SUBSCRIBE_TRACKS are asked for one by one",
        arguments: [Draft.draft18, .draft19])
    func prefixes(draft: Draft) throws {
        let authorizer = RecordingAuthorizer { request in
            request.action == .subscribeNamespace(.tracks) ? .deny() : .allow
        }
        let harness = try RelayHarness { $0.authorizer = authorizer }
        let viewer = try harness.connect(.quic, draft)
        var appeared = 0
        let received = ReceivedTrack()
        var taken: TrackSubscriber?
        viewer.expectPublish(Self.name, taken: { taken = $0 }) { received.take($0) }
        let watch = try viewer.watchNamespaces(Self.name.namespace, alsoTracks: true) { event in
            if case .appeared = event { appeared += 1 }
        }
        _ = harness.run(milliseconds: 200)
        let source = try harness.connect(.quic, draft)
        var pushed: RequestFailure??
        try source.push(source.addTrack(Self.name)) { pushed = .some($0) }
        let announcement = try harness.announce(Self.name.namespace, on: source)
        #expect(harness.run(milliseconds: 5_000) { pushed == .some(nil) && appeared == 1 })
        _ = harness.run(milliseconds: 200)
        #expect(taken == nil && !received.isAccepted)
        #expect(authorizer.requests(.subscribeNamespace(.tracks)).map(\.namespace) == [Self.name.namespace])
        #expect(authorizer.requests(.subscribeNamespace(.namespaces)).count == 1)
        withExtendedLifetime((watch, announcement)) {}
    }
}
