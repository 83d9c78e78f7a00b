import Containers
import MOQTModel
import MOQTSession
import MOQTWire

/// A whole session against a whole session: commands of the layers above, and hostile bytes between them.
enum SessionFuzz {
    static func run(_ input: inout FuzzInput) {
        let draft = input.draft()
        func end(_ role: Setup.Role) -> FuzzEnd {
            var configuration = SessionConfiguration(role: role, drafts: [draft], isWebTransport: false)
            configuration.requestCredit = 8
            configuration.tokenCacheByteCount = 64
            configuration.limits.openIncomingRequests = 16
            configuration.limits.heldStreams = 4
            configuration.limits.openDataStreams = 16
            configuration.limits.earlyStreams = 4
            return FuzzEnd(configuration)
        }
        let (client, server) = (end(.client), end(.server))
        client.peer = server
        server.peer = client
        for one in [client, server] {
            one.session.transportEstablished(protocolName: draft.alpn, now: one.now)
        }
        settle(client, server)
        var count = 0
        while !input.isEmpty, count < 2000 {
            count += 1
            let choice = input.u8()
            let one = choice & 0x80 == 0 ? client : server
            if choice & 0x40 == 0 {
                command(one, choice & 0x1F, &input)
            } else {
                hostile(one, choice & 0x1F, &input)
            }
            if choice & 0x20 == 0 { settle(client, server) } else { one.turn() }
        }
        settle(client, server)
        for one in [client, server] {
            // Those that we refuse for their number are counted while their refusal is written.
            FuzzTarget.require(one.session.openRequestCount <= 2200, "requests are bounded")
        }
    }

    private static func settle(_ client: FuzzEnd, _ server: FuzzEnd) {
        for _ in 0..<10_000 {
            let clientHadWork = client.turn()
            if !server.turn(), !clientHadWork { return }
        }
        preconditionFailure("fuzz: two sessions that never fall silent")
    }

    private static func track(_ input: inout FuzzInput) -> FullTrackName {
        let number = input.u8()
        let space = number & 0x80 == 0 ? TrackNamespace("live") : TrackNamespace("live", "room")
        return FullTrackName(namespace: space, name: [number & 3])
    }

    /// What the layer above may do at any time.
    private static func command(_ end: FuzzEnd, _ number: UInt8, _ input: inout FuzzInput) {
        let session = end.session
        var made: RequestID?
        let old =
            end.known.isEmpty ? RequestID(UInt64(input.u8())) : end.known[Int(input.u8()) % end.known.count]
        var parameters = MessageParameters()
        if input.u8() & 1 == 1 { parameters.forward = false }
        switch number {
        case 0: made = try? session.subscribe(track(&input), parameters: parameters)
        case 1: made = try? session.publish(track(&input), alias: session.allocateAlias())
        case 2:
            made = try? session.fetch(
                .standalone(track: track(&input), start: .zero, endGroup: UInt64(input.u8()), endObject: nil))
        case 3: made = try? session.trackStatus(track(&input))
        case 4: made = try? session.publishNamespace(track(&input).namespace)
        case 5: made = try? session.subscribeNamespace(track(&input).namespace, interest: .both)
        case 6: made = try? session.subscribeNamespace(TrackNamespace("live"), interest: .namespaces)
        case 7: made = try? session.update(old, parameters: parameters)
        case 8: session.unsubscribe(old)
        case 9: session.cancelFetch(old)
        case 10: session.endPublishNamespace(old)
        case 11: session.endSubscribeNamespace(old)
        case 12: session.publishDone(old, status: .trackEnded, streamCount: 0)
        case 13: session.fetchServed(old)
        case 14: session.announce(suffix: TrackNamespace("room"), on: old)
        case 15: session.withdraw(suffix: TrackNamespace("room"), on: old)
        case 16: session.skipPublish(suffix: TrackNamespace(), name: [1], on: old)
        case 17: session.goAway(GoAway(timeout: UInt64(input.u8())), now: end.now)
        case 18: end.wait(milliseconds: UInt64(input.u8()) * 100)
        case 19: session.close(.noError, reason: "")
        default: answer(end, old, number, parameters)
        }
        if let made, end.known.count < 256 { end.known.append(made) }
    }

    private static func answer(
        _ end: FuzzEnd, _ old: RequestID, _ number: UInt8, _ parameters: MessageParameters
    ) {
        let id = end.takeWaiting() ?? old
        let session = end.session
        if number >= 30 { return session.refuse(id, RequestFailure(.doesNotExist, "no")) }
        // One of these fits; the others are ignored.
        session.acceptSubscribe(id, alias: session.allocateAlias(), parameters: parameters)
        session.acceptPublish(id)
        session.acceptFetch(id, endOfTrack: false, endGroup: 3, endObject: nil)
        session.acceptRequest(id)
    }

    /// What a peer may put on the wire towards `end`.
    private static func hostile(_ end: FuzzEnd, _ number: UInt8, _ input: inout FuzzInput) {
        guard let peer = end.peer, !peer.session.isClosed || number & 1 == 0 else { return }
        func known(_ input: inout FuzzInput) -> StreamID {
            let all = peer.streams + end.streams
            return all.isEmpty ? StreamID(UInt64(input.u8())) : all[Int(input.u8()) % all.count]
        }
        switch number % 8 {
        case 0: end.receive(peer.newStream(.unidirectional), input.chunk(), fin: false)
        case 1: end.receive(peer.newStream(.bidirectional), input.chunk(), fin: false)
        case 2: end.receive(peer.newStream(.unidirectional), input.chunk(), fin: true)
        case 3: end.session.streamReset(known(&input), code: UInt64(input.u8()), now: end.now)
        case 4: end.session.streamStopped(known(&input), code: UInt64(input.u8()), now: end.now)
        case 5: end.session.datagramReceived(Payload(input.chunk()), now: end.now)
        case 6: end.session.streamClosed(known(&input))
        default:
            let stream = known(&input)
            end.receive(stream, input.chunk(), fin: input.u8() & 1 == 1)
        }
    }
}
