import Containers
import MOQTClient
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import QUICTransport
import RelayHost
import Testing

/// A server that redirects every request to a relay, where the track is.
@Suite("REDIRECT is followed to another place and to another track (draft-18 section 10.6.1)", .serialized)
struct RedirectTests {
    static let drafts = Draft.all.filter { $0.rules.requestErrorCarriesRedirect }
    static let name = FullTrackName(namespace: TrackNamespace("real"), name: Array("t".utf8))
    static let alias = FullTrackName(namespace: TrackNamespace("old"), name: Array("t".utf8))

    private struct Scene {
        let harness: RelayHarness
        let server: AskingServer
        let configuration: ClientConfiguration
        let publisher: TrackPublisher
        let announcement: Announcement

        init(_ draft: Draft) throws {
            harness = try RelayHarness()
            server = try AskingServer(draft, beside: harness)
            configuration = server.configuration(alsoTrusting: [harness.server.certificateSHA256])
            let source = try harness.connect(.quic, draft)
            publisher = source.addTrack(RedirectTests.name)
            publisher.beginGroup(0)
            publisher.write([1])
            announcement = try harness.announce(RedirectTests.name.namespace, on: source)
            let uri = "moqt://\(harness.host):\(harness.port)/"
            let failure = RequestFailure(
                .redirect, "elsewhere", redirect: Redirect(connectURI: uri, track: RedirectTests.name))
            server.onEvent = { peer, event in
                switch event {
                case .subscribeReceived(let request): peer.session.refuse(request.requestID, failure)
                case .fetchReceived(let request): peer.session.refuse(request.requestID, failure)
                case .publishNamespaceReceived(let request): peer.session.refuse(request.requestID, failure)
                default: break
                }
            }
        }
    }

    @Test("a subscription goes on where it was redirected to, under the new name", arguments: drafts)
    func subscription(draft: Draft) throws {
        let scene = try Scene(draft)
        var trail = RedirectTrail(scene.configuration, Self.alias)
        var objects: [Location] = []
        var isAccepted = false
        var connections: [ClientConnection] = []
        var parameters = MessageParameters()
        parameters.filter = .nextObject
        let subscription = MigratingSubscription(Self.alias, parameters: parameters) { event in
            switch event {
            case .accepted: isAccepted = true
            case .object(let object): objects.append(object.location)
            case .failed(let failure): Issue.record("\(failure)")
            default: break
            }
        }
        let place = ResilientConnection(client: scene.harness.client, configuration: scene.configuration) {
            event in
            guard case .established(let connection) = event else { return }
            connections.append(connection)
            subscription.begin(on: connection)
        }
        subscription.onRedirect = { redirect, _ in
            guard let step = try? trail.follow(redirect), let next = step.configuration else { return false }
            subscription.retarget(to: step.track)
            place.move(to: next)
            return true
        }
        try place.start()
        #expect(scene.server.run { isAccepted })
        scene.publisher.write([2])
        #expect(scene.server.run { objects == [Location(group: 0, object: 1)] })
        #expect(connections.count == 2 && subscription.track == Self.name)
        #expect(place.current === connections.last)
        place.stop()
    }

    @Test("without somebody who follows it, a redirect is a refusal that says where to", arguments: drafts)
    func refusal(draft: Draft) throws {
        let scene = try Scene(draft)
        let connection = try scene.server.connect()
        let fetched = FetchedObjects()
        _ = try connection.fetch(Self.alias, from: .zero, endGroup: 0) { fetched.take($0) }
        var announced: RequestFailure?
        let announcement = try connection.announce(Self.alias.namespace) { announced = $0 }
        #expect(scene.server.run { fetched.isOver && announced != nil })
        #expect(fetched.failure?.code == .redirect)
        #expect(fetched.failure?.redirect?.track == Self.name)
        // A namespace request names no track.
        #expect(announced?.redirect?.track == FullTrackName(namespace: Self.name.namespace, name: []))
        var trail = RedirectTrail(scene.configuration, Self.alias)
        let redirect = try #require(fetched.failure?.redirect)
        let step = try trail.follow(redirect)
        let next = try scene.harness.client.connect(try #require(step.configuration))
        #expect(scene.server.run { next.isEstablished })
        let again = FetchedObjects()
        _ = try next.fetch(step.track, from: .zero, endGroup: 0) { again.take($0) }
        #expect(scene.server.run { again.isOver })
        #expect(again.locations == [.zero])
        withExtendedLifetime(announcement) {}
    }
}
