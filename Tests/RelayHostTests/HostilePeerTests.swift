import Containers
import Foundation
import MOQTClient
import MOQTModel
import MOQTWire
import RelayHost
import Testing
import TransportInterface

extension EndToEnd {
    /// Hostile peers against a running relay, over real QUIC and WebTransport: each attacker gets its code, a
    /// healthy publisher and subscriber beside it lose nothing, and memory stays bounded.
    @Suite(.serialized) struct HostilePeerTests {
        /// Bytes that one attack may leave behind in this process (relay, clients and test together).
        private static let memoryBound = 96 << 20
        static let drafts: [Draft] = [.draft14, .draft16, .draft18]

        /// A relay with a track that flows while `attack` runs and is complete afterwards.
        private func besideHealthy(
            _ attack: (RelayHarness, (UInt64, () -> Bool) -> Bool) throws -> Void
        ) throws {
            let harness = try RelayHarness()
            let healthy = try HealthyPair(harness)
            let before = Self.residentByteCount()
            /// Runs the loop with the healthy track going on.
            func run(_ milliseconds: UInt64, _ condition: () -> Bool) -> Bool {
                harness.run(milliseconds: milliseconds) {
                    healthy.step()
                    return condition()
                }
            }
            #expect(run(5_000) { healthy.received.objectCount >= 10 })
            try attack(harness, run)
            // It went on during the attack and goes on after it.
            let count = healthy.received.objectCount
            #expect(run(5_000) { healthy.received.objectCount >= count + 20 })
            healthy.finish()
            let late = try harness.connect(.quic, .draft18)
            #expect(late.isEstablished)
            let after = Self.residentByteCount()
            #expect(after < before + Self.memoryBound, "\(before) bytes before, \(after) after")
        }

        /// From /proc/self/statm.
        private static func residentByteCount() -> Int {
            let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
            let fields = text.split(separator: " ")
            return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
        }

        private func subscribe(_ id: UInt64, _ namespace: TrackNamespace, name: Int = 1) -> ControlMessage {
            .subscribe(
                Subscribe(
                    requestID: RequestID(id),
                    track: FullTrackName(namespace: namespace, name: [UInt8](repeating: 1, count: name))))
        }

        /// One message, or several, and the code that must come back.
        private func closes(
            _ draft: Draft, _ carrier: HostilePeer.Carrier = .quic, with code: UInt64,
            _ attack: (HostilePeer) -> Void
        ) throws {
            try besideHealthy { harness, run in
                let peer = try HostilePeer(harness, draft, over: carrier)
                attack(peer)
                #expect(run(5_000) { peer.closeReason != nil })
                #expect(peer.closeCode == code, "\(String(describing: peer.closeReason))")
            }
        }

        // MARK: Bytes that end the attacker's session

        @Test("garbage on the control stream: PROTOCOL_VIOLATION", arguments: drafts)
        func garbage(draft: Draft) throws {
            try closes(draft, with: 0x3) {
                $0.sendControl(
                    Array(repeating: [0x3F, 0x00, 0x03, 0xDE, 0xAD, 0xBE], count: 200).flatMap { $0 })
            }
        }

        @Test("garbage over WebTransport: the same code through its mapping", arguments: drafts)
        func garbageOverWebTransport(draft: Draft) throws {
            try closes(draft, .webTransport, with: 0x3) { $0.sendControl([0x3F, 0x00, 0x01, 0xFF]) }
        }

        @Test("a length that lies: PROTOCOL_VIOLATION", arguments: drafts)
        func lengthLie(draft: Draft) throws {
            try closes(draft, with: 0x3) { peer in
                var bytes = peer.frame(subscribe(0, TrackNamespace("live")))
                bytes[2] -= 1
                peer.request(bytes + [0, 0, 0])
            }
        }

        @Test("a namespace of 33 fields: PROTOCOL_VIOLATION", arguments: drafts)
        func manyFields(draft: Draft) throws {
            try closes(draft, with: 0x3) { peer in
                var bytes = peer.frame(
                    subscribe(0, TrackNamespace(Array(repeating: [0x61], count: 32))))
                // Type, length (2), request id; then the number of fields.
                bytes[4] = 33
                peer.request(bytes)
            }
        }

        @Test("a track name of 4097 bytes: PROTOCOL_VIOLATION", arguments: drafts)
        func longName(draft: Draft) throws {
            try closes(draft, .webTransport, with: 0x3) { peer in
                var bytes = peer.frame(subscribe(0, TrackNamespace("a"), name: 4095))
                // The length of the name is the first two bytes that say 4095.
                let length: [UInt8] = draft.rules.hasRequestCredit ? [0x4F, 0xFF] : [0x8F, 0xFF]
                let longer: [UInt8] = draft.rules.hasRequestCredit ? [0x50, 0x01] : [0x90, 0x01]
                for index in bytes.indices.dropLast() where Array(bytes[index...index + 1]) == length {
                    bytes.replaceSubrange(index...index + 1, with: longer)
                    bytes.insert(contentsOf: [1, 1], at: index + 2)
                    bytes[2] += 2
                    break
                }
                peer.request(bytes)
            }
        }

        @Test("request ids that go backwards: INVALID_REQUEST_ID", arguments: drafts)
        func idsBackwards(draft: Draft) throws {
            try closes(draft, with: 0x4) { peer in
                peer.request(peer.frame(subscribe(0, TrackNamespace("a"))))
                peer.request(peer.frame(subscribe(0, TrackNamespace("b"))))
            }
        }

        @Test("a datagram that ends in its header: PROTOCOL_VIOLATION", arguments: drafts)
        func shortDatagram(draft: Draft) throws {
            try closes(draft, with: 0x3) { $0.datagram([0x00, 0x01]) }
        }

        @Test("PUBLISH_NAMESPACE beyond the credit: TOO_MANY_REQUESTS", arguments: [Draft.draft14, .draft16])
        func namespaceFlood(draft: Draft) throws {
            try closes(draft, with: 0x7) { peer in
                for index: UInt64 in 0...1000 {
                    peer.sendControl(
                        peer.frame(
                            .publishNamespace(
                                PublishNamespace(
                                    requestID: RequestID(2 * index),
                                    namespace: TrackNamespace("flood", "\(index)")))))
                }
            }
        }

        // MARK: Floods that must not end anything

        @Test(
            "subgroup streams for unknown aliases, header only, as many as the relay lets open",
            arguments: drafts
        )
        func unknownAliases(draft: Draft) throws {
            try besideHealthy { harness, run in
                let peer = try HostilePeer(harness, draft)
                var count = 0
                for _ in 0..<3 {
                    while count < 3000, peer.open(.unidirectional, [0x10, UInt8(count & 0x3F), 1, 5]) != nil {
                        count += 1
                    }
                    _ = run(1_500) { false }
                }
                #expect(count >= 500)
                #expect(run(5_000) { peer.stopCount >= 500 })
                #expect(peer.stopCodes.isSubset(of: [0x1, 0x9]))
                #expect(peer.closeReason == nil)
            }
        }

        @Test("thousands of open subgroup streams of a published track, header only", arguments: drafts)
        func openSubgroups(draft: Draft) throws {
            try besideHealthy { harness, run in
                let peer = try HostilePeer(harness, draft)
                let track = FullTrackName(namespace: TrackNamespace("open"), name: [1])
                peer.request(
                    peer.frame(.publish(Publish(requestID: RequestID(0), track: track, alias: TrackAlias(1))))
                )
                _ = run(200) { false }
                var count = 0
                while count < 4000, peer.open(.unidirectional, [0x10, 1, UInt8(count & 0x3F), 5]) != nil {
                    count += 1
                }
                _ = run(1_000) { false }
                #expect(count >= 900)
                // Nothing more can be opened until the relay has seen some end.
                #expect(peer.closeReason == nil)
            }
        }

        @Test("SUBSCRIBE and cancel, again and again", arguments: drafts)
        func churn(draft: Draft) throws {
            try besideHealthy { harness, run in
                let peer = try HostilePeer(harness, draft)
                var id: UInt64 = 0
                for _ in 0..<20 {
                    for _ in 0..<50 {
                        let bytes = peer.frame(subscribe(id, TrackNamespace("test", "healthy"), name: 5))
                        if draft.rules.cancelsByMessage {
                            peer.sendControl(bytes)
                            peer.sendControl(peer.frame(.unsubscribe(RequestID(id))))
                        } else if let stream = peer.request(bytes) {
                            peer.transport.resetStream(stream, code: 1)
                            peer.transport.stopSending(stream, code: 1)
                        } else {
                            continue
                        }
                        id += 2
                    }
                    _ = run(30) { false }
                }
                #expect(id >= 1000)
                #expect(peer.closeReason == nil)
            }
        }

        @Test("PUBLISH_NAMESPACE as long as the relay gives streams: each is answered")
        func namespacesOnStreams() throws {
            try besideHealthy { harness, run in
                let peer = try HostilePeer(harness, .draft18)
                var index: UInt64 = 0
                while index < 5000,
                    peer.request(
                        peer.frame(
                            .publishNamespace(
                                PublishNamespace(
                                    requestID: RequestID(2 * index),
                                    namespace: TrackNamespace("flood", "\(index)")))))
                        != nil
                { index += 1 }
                #expect(index >= 200)
                #expect(run(5_000) { peer.received.count >= Int(index) })
                #expect(peer.closeReason == nil)
            }
        }

        @Test("datagrams for unknown aliases", arguments: drafts)
        func datagrams(draft: Draft) throws {
            try besideHealthy { harness, run in
                let peer = try HostilePeer(harness, draft)
                for batch in 0..<20 {
                    for index in 0..<200 {
                        peer.datagram(
                            [0x00, UInt8(index & 0x3F), UInt8(batch), 0, 5] + Array(repeating: 7, count: 500))
                    }
                    _ = run(20) { false }
                }
                #expect(run(5_000) { peer.sentDatagramCount >= 4000 })
                #expect(peer.closeReason == nil)
            }
        }

        @Test("a second CONNECT is rejected with H3_REQUEST_REJECTED, the session goes on")
        func connectTwice() throws {
            try besideHealthy { harness, run in
                let peer = try HostilePeer(harness, .draft18, over: .http3)
                // Control stream: SETTINGS with H3_DATAGRAM and WebTransport.
                peer.open(.unidirectional, [0x00, 0x04, 0x07, 0x33, 0x01, 0xAB, 0x60, 0x37, 0x42, 0x01])
                let first = peer.open(.bidirectional, Self.connect)
                #expect(run(5_000) { first.map { peer.received[$0] != nil } ?? false })
                peer.open(.bidirectional, Self.connect)
                #expect(run(5_000) { peer.resetCount > 0 })
                #expect(peer.resetCodes.isSubset(of: [0x10B]))
                #expect(peer.closeReason == nil)
            }
        }

        /// An extended CONNECT whose fields are all literals (RFC 9204 section 4.5.6).
        private static let connect: [UInt8] = {
            let fields = [
                (":method", "CONNECT"), (":protocol", "webtransport"), (":scheme", "https"),
                (":authority", "a.example"), (":path", "/"), ("wt-available-protocols", "\"moqt-18\""),
            ]
            var section: [UInt8] = [0, 0]
            for (name, value) in fields {
                section +=
                    name.utf8.count < 7
                    ? [0x20 | UInt8(name.utf8.count)] : [0x27, UInt8(name.utf8.count - 7)]
                section += Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
            }
            return [0x01, 0x40, UInt8(section.count)] + section
        }()
    }
}
