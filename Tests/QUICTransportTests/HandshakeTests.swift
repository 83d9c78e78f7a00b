import Containers
import Glibc
import Testing
import TransportInterface

@testable import QUICTransport

@Suite("Handshake and certificates") struct HandshakeTests {
    @Test("Both ends agree on the server's most wanted protocol", arguments: [false, true])
    func alpn(isIPv6: Bool) throws {
        let harness = try Harness(isIPv6: isIPv6, server: { $0.applicationProtocols = ["new", "old"] })
        let peer = try harness.connect { $0.applicationProtocols = ["old", "new"] }
        #expect(harness.turn { peer.isEstablished && !harness.accepted.isEmpty })
        #expect(peer.connection.negotiated?.name == "new")
        #expect(harness.accepted.first?.connection.negotiated?.name == "new")
        #expect(harness.accepted.first?.connection.serverName == "localhost")
    }

    @Test("Without a protocol in common the handshake fails and says so (RFC 9001 section 8.1)")
    func noCommonProtocol() throws {
        let harness = try Harness()
        let peer = try harness.connect { $0.applicationProtocols = ["other"] }
        #expect(harness.turn { peer.closeReason != nil })
        guard case .handshakeFailed(let sentence) = peer.closeReason else {
            Issue.record("\(String(describing: peer.closeReason))")
            return
        }
        #expect(sentence.contains("ALPN"))
        #expect(harness.accepted.isEmpty)
        #expect(harness.turn { harness.server.halfOpenCount == 0 })
    }

    @Test("A pinned certificate is accepted whatever its name; another is refused with its digest")
    func pins() throws {
        let harness = try Harness()
        let digest = harness.identity.sha256
        #expect(digest.count == 64)
        let good = try harness.connect { $0.verification = .pinned(sha256: ["00", digest.uppercased()]) }
        #expect(harness.turn { good.isEstablished })
        let bad = try harness.connect {
            $0.verification = .pinned(sha256: [String(repeating: "ab", count: 32)])
        }
        #expect(harness.turn { bad.closeReason != nil })
        #expect(
            bad.closeReason
                == .handshakeFailed(
                    "the server's certificate has SHA-256 \(digest), which is not the pinned one"))
    }

    @Test("A certificate is accepted for its name under its authority, and under no other")
    func authorities() throws {
        let folder = "/tmp/cascade-quic-tests-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        mkdir(folder, 0o700)
        defer { for name in ["a.pem", "b.pem", "k.pem"] { unlink("\(folder)/\(name)") }; rmdir(folder) }
        let own = try SelfSignedCertificate(names: ["relay.example"]).exported()
        let other = try SelfSignedCertificate(names: []).exported()
        for (name, text) in [
            ("a.pem", own.certificatePEM), ("k.pem", own.keyPEM), ("b.pem", other.certificatePEM),
        ] {
            let file = try #require(fopen("\(folder)/\(name)", "w"))
            fputs(text, file)
            fclose(file)
        }
        let identity = try TLSContext(certificateFile: "\(folder)/a.pem", keyFile: "\(folder)/k.pem")
        let harness = try Harness(server: { $0.serverIdentity = identity })

        func attempt(_ name: String, _ file: String) throws -> Peer {
            Peer(
                try harness.client.connect(
                    to: harness.server.localAddress, serverName: name,
                    configuration: Harness.clientConfiguration {
                        $0.verification = .authorities(pemFile: "\(folder)/\(file)")
                    }))
        }
        let good = try attempt("relay.example", "a.pem")
        #expect(harness.turn { good.isEstablished })
        let byAddress = try attempt("127.0.0.1", "a.pem")
        #expect(harness.turn { byAddress.isEstablished })
        for bad in [try attempt("elsewhere.example", "a.pem"), try attempt("relay.example", "b.pem")] {
            #expect(harness.turn { bad.closeReason != nil })
            guard case .handshakeFailed(let sentence) = bad.closeReason else {
                Issue.record("\(String(describing: bad.closeReason))")
                continue
            }
            #expect(sentence.contains("refused"), "\(sentence)")
        }
        #expect(throws: TransportError.self) {
            try TLSContext(verification: .authorities(pemFile: "\(folder)/missing.pem"))
        }
        #expect(throws: TransportError.self) {
            try TLSContext(certificateFile: "\(folder)/b.pem", keyFile: "\(folder)/k.pem")
        }
    }

    @Test("A server that always sends Retry still finishes the handshake (RFC 9000 section 8.1.2)")
    func retry() throws {
        let harness = try Harness(server: { $0.retryPolicy = .always })
        let (client, _) = try harness.pair()
        #expect(client.connection.statistics.packetsReceived > 0)
        // The NEW_TOKEN of the first connection saves the second the Retry.
        harness.turn(seconds: 0.2) { false }
        let again = try harness.connect()
        #expect(harness.turn { again.isEstablished })
    }

    @Test("An unknown version is answered with Version Negotiation (RFC 9000 section 6)")
    func versionNegotiation() throws {
        let harness = try Harness()
        let probe = try UDPSocket(bind: .loopback(port: 0), configuration: QUICConfiguration())
        var packet: [UInt8] = [0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8] + Array(1...8) + [4, 9, 9, 9, 9]
        packet += [UInt8](repeating: 0, count: 1200 - packet.count)
        var remote = harness.server.localAddress.raw
        var offset = 0
        _ = probe.send(
            packet, count: packet.count, segment: packet.count, to: &remote, from: nil, ecn: 0,
            offset: &offset)
        var answer: [UInt8] = []
        harness.turn {
            guard probe.receive() > 0 else { return false }
            answer = probe.receivedBytes(0)
            return true
        }
        try #require(answer.count >= 5 + 5 + 9 + 4)
        #expect(answer[0] & 0x80 != 0)
        #expect(Array(answer[1..<5]) == [0, 0, 0, 0])
        #expect(Array(answer[5..<10]) == [4, 9, 9, 9, 9])
        #expect(Array(answer[10..<19]) == [8] + Array(1...8))
        #expect(Array(answer[19..<23]) == [0, 0, 0, 1])
    }

    @Test("A closed port is reported at once, by name the next address is tried")
    func refusedAndResolved() throws {
        let harness = try Harness()
        let spare = try UDPSocket(bind: .loopback(port: 0), configuration: QUICConfiguration())
        let closed = spare.localAddress.port
        _ = consume spare
        let nobody = try harness.connect(to: .loopback(port: closed))
        #expect(harness.turn(seconds: 2) { nobody.closeReason != nil })
        guard case .unreachable = nobody.closeReason else {
            Issue.record("\(String(describing: nobody.closeReason))")
            return
        }
        let outgoing = try QUICEndpoint(
            loop: harness.loop, bind: .any(port: 0), configuration: QUICConfiguration())
        defer { outgoing.abandon() }
        let named = Peer(
            try outgoing.connect(
                toHost: "localhost", port: harness.server.localAddress.port,
                configuration: Harness.clientConfiguration()))
        #expect(harness.turn { named.isEstablished })
        let unknown = Peer(
            try outgoing.connect(
                toHost: "no-such-host.invalid", port: 1, configuration: Harness.clientConfiguration()))
        #expect(harness.turn { unknown.closeReason != nil })
    }

    @Test("Silence ends the handshake after its timeout")
    func silence() throws {
        let harness = try Harness()
        let deaf = try UDPSocket(bind: .loopback(port: 0), configuration: QUICConfiguration())
        let peer = try harness.connect(to: deaf.localAddress) { $0.handshakeTimeoutMilliseconds = 300 }
        #expect(harness.turn(seconds: 3) { peer.closeReason != nil })
        guard case .unreachable = peer.closeReason else {
            Issue.record("\(String(describing: peer.closeReason))")
            return
        }
    }
}
