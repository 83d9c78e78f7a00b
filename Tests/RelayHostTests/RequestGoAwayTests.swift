import Containers
import MOQTClient
import MOQTModel
import MOQTPeer
import MOQTSession
import MOQTWire
import QUICTransport
import RelayHost
import Testing

@Suite("GOAWAY on the stream of one request moves that request (draft-18 section 10.4)", .serialized)
struct RequestGoAwayTests {
    static let drafts = Draft.all.filter { $0.rules.goAwayOnRequestStreams }
    static let name = FullTrackName(namespace: TrackNamespace("moving"), name: Array("t".utf8))

    @Test(
        "a relay sends one namespace elsewhere: nothing is lost or repeated, and other requests stay",
        arguments: drafts)
    func namespaceMoves(draft: Draft) throws {
        let old = try RelayHarness()
        let new = try RelayServer(RelayHarness.configuration)
        defer { new.stop() }
        var configuration = ClientConfiguration(carrier: .quic, host: old.host, port: old.port)
        configuration.drafts = [draft]
        configuration.verification = .pinned(sha256: [old.server.certificateSHA256, new.certificateSHA256])

        // A publisher that moves like `cascade publish`.
        var publisher: TrackPublisher?
        var announcements: [Announcement] = []
        var sources: [ClientConnection] = []
        let publishing = ResilientConnection(client: old.client, configuration: configuration) { event in
            guard case .established(let connection) = event else { return }
            sources.append(connection)
            if let publisher {
                connection.addTrack(publisher)
            } else {
                publisher = connection.addTrack(Self.name)
            }
            if let announcement = try? connection.announce(Self.name.namespace, answer: { _ in }) {
                announcements.append(announcement)
            }
        }
        func follow(_ place: ResilientConnection, _ uri: String) {
            if let next = place.configuration.redirected(to: uri) { place.move(to: next) }
        }
        try publishing.start()
        #expect(old.run(milliseconds: 5_000) { announcements.first?.isAccepted == true })
        sources.first?.onPublishingSentAway = { follow(publishing, $0) }

        var locations: [Location] = []
        var gaps = 0
        var hasBegun = false
        var left: [ClientConnection] = []
        var parameters = MessageParameters()
        parameters.filter = .nextObject
        let subscription = MigratingSubscription(Self.name, parameters: parameters) { event in
            switch event {
            case .accepted: hasBegun = true
            case .object(let object): locations.append(object.location)
            case .gap: gaps += 1
            case .left(let connection): left.append(connection)
            case .failed(let failure): Issue.record("\(failure)")
            default: break
            }
        }
        var viewers: [ClientConnection] = []
        let viewing = ResilientConnection(client: old.client, configuration: configuration) { event in
            guard case .established(let connection) = event else { return }
            viewers.append(connection)
            subscription.begin(on: connection)
        }
        subscription.onGoAway = { uri, _ in follow(viewing, uri) }
        try viewing.start()
        #expect(old.run(milliseconds: 5_000) { hasBegun })
        let track = try #require(publisher)
        let bystander = ReceivedTrack()
        let other = FullTrackName(namespace: TrackNamespace("staying"), name: [1])
        let staying = sources[0].addTrack(other)
        announcements.append(try sources[0].announce(other.namespace) { _ in })
        let kept = try viewers[0].subscribe(other, parameters: rendezvous) { bystander.take($0) }
        #expect(old.run(milliseconds: 5_000) { bystander.isAccepted })

        let address = new.listen[0]
        var written = 0
        for group in 0..<20 as Range<UInt64> {
            track.beginGroup(group)
            for _ in 0..<5 { track.write([UInt8](repeating: UInt8(group), count: 500)) }
            written += 5
            if group == 4 {
                old.server.sendAway(
                    Self.name.namespace, to: "moqt://\(address.host):\(address.port)/", timeout: 2_000)
            }
            _ = old.run(milliseconds: 60)
        }
        #expect(old.run(milliseconds: 5_000) { locations.count == written })
        #expect(locations == locations.sorted() && gaps == 0)
        #expect(viewers.count == 2 && sources.count == 2 && left.first === viewers.first)
        // The old session lives on with what else it had.
        _ = old.run(milliseconds: 1_500)
        #expect(!viewers[0].isClosed && !sources[0].isClosed)
        staying.beginGroup(0)
        staying.write([1])
        #expect(old.run(milliseconds: 5_000) { bystander.objectCount == 1 })
        withExtendedLifetime(kept) {}
    }

    private var rendezvous: MessageParameters {
        var parameters = MessageParameters()
        parameters.rendezvousTimeout = 3_000
        return parameters
    }

    @Test("without a URI the request is made anew in the same session", arguments: drafts)
    func anew(draft: Draft) throws {
        let server = try AskingServer(draft)
        var asked: [Subscribe] = []
        var cancelled: [RequestID] = []
        server.onEvent = { peer, event in
            switch event {
            case .subscribeReceived(let request):
                asked.append(request)
                peer.session.acceptSubscribe(request.requestID, alias: peer.session.allocateAlias())
            case .requestCancelled(let id): cancelled.append(id)
            default: break
            }
        }
        let connection = try server.connect()
        let subscription = MigratingSubscription(Self.name, parameters: MessageParameters()) { _ in }
        subscription.begin(on: connection)
        #expect(server.run { asked.count == 1 })
        let first = asked[0].requestID
        #expect(try server.command { $0.goAway(GoAway(timeout: 1_000), request: first) })
        // Once for each request.
        #expect(try !server.command { $0.goAway(GoAway(timeout: 1_000), request: first) })
        #expect(server.run { asked.count == 2 && cancelled == [first] })
        #expect(!connection.isClosed)
    }

    @Test(
        "older drafts have no such message", arguments: Draft.all.filter { !$0.rules.goAwayOnRequestStreams })
    func olderDrafts(draft: Draft) throws {
        let server = try AskingServer(draft)
        var asked: [RequestID] = []
        server.onEvent = { _, event in
            if case .subscribeReceived(let request) = event { asked.append(request.requestID) }
        }
        let connection = try server.connect()
        let subscriber = try connection.subscribe(Self.name) { _ in }
        #expect(server.run { asked.count == 1 })
        #expect(try !server.command { $0.goAway(GoAway(timeout: 1), request: asked[0]) })
        withExtendedLifetime(subscriber) {}
    }
}
