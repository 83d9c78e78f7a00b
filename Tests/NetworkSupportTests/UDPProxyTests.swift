import Testing

@testable import NetworkSupport

/// A client, a proxy and a target that only looks at what arrives.
struct Path {
    let target: DatagramSocket
    let proxy: UDPProxy
    let client: DatagramSocket
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

    init(
        host: String = "127.0.0.1", toTarget: NetworkConditions = .perfect,
        toClient: NetworkConditions = .perfect,
        seed: UInt64 = 1
    ) throws {
        let any = try #require(SocketAddress(host: host, port: 0))
        target = try DatagramSocket(familyOf: any, connected: false)
        proxy = try UDPProxy(
            targetHost: host, targetPort: target.localPort, toTarget: toTarget, toClient: toClient, seed: seed
        )
        let address = try #require(SocketAddress(host: proxy.host, port: proxy.port))
        client = try DatagramSocket(familyOf: address, connected: true)
    }

    func end() {
        proxy.stop()
        buffer.deallocate()
    }

    /// Numbered datagrams, spaced so that no socket buffer overflows.
    func sendNumbers(_ count: Int) {
        for number in 0..<count { client.send([UInt8(number >> 8), UInt8(number & 255)], to: nil) }
    }

    /// Everything that reaches `socket` until `count` have come or `seconds` are over.
    func collect(_ count: Int, at socket: DatagramSocket, within: Duration = .seconds(5)) -> [(
        bytes: [UInt8], from: SocketAddress
    )] {
        var all: [(bytes: [UInt8], from: SocketAddress)] = []
        _ = wait(upTo: within) {
            while let one = socket.receive(into: buffer) { all.append(one) }
            return all.count >= count
        }
        return all
    }
}

@Suite("UDP proxy", .serialized) struct UDPProxyTests {
    @Test(
        "A perfect path delivers every datagram unchanged and in order, both ways",
        arguments: ["127.0.0.1", "::1"])
    func perfect(host: String) throws {
        let path = try Path(host: host)
        defer { path.end() }
        path.sendNumbers(200)
        let arrived = path.collect(200, at: path.target)
        #expect(arrived.map(\.bytes) == (0..<200).map { [UInt8($0 >> 8), UInt8($0 & 255)] })
        let peer = try #require(arrived.first?.from)
        path.target.send([1, 2, 3], to: peer)
        #expect(path.collect(1, at: path.client).map(\.bytes) == [[1, 2, 3]])
        #expect(
            wait(upTo: .seconds(2)) {
                path.proxy.toTarget.forwarded == 200 && path.proxy.toClient.forwarded == 1
            })
    }

    @Test("Loss drops about its share, and the same seed drops the same number")
    func loss() throws {
        var losses: [Int] = []
        for _ in 0..<2 {
            let path = try Path(toTarget: NetworkConditions(lossPercent: 30), seed: 7)
            defer { path.end() }
            path.sendNumbers(1000)
            #expect(wait(upTo: .seconds(5)) { path.proxy.toTarget.received == 1000 })
            losses.append(path.proxy.toTarget.lost)
            let arrived = path.collect(1000 - path.proxy.toTarget.lost, at: path.target)
            #expect(arrived.count == 1000 - path.proxy.toTarget.lost)
        }
        #expect((250...350).contains(losses[0]), "seed 7 lost \(losses)")
        #expect(losses[0] == losses[1])
    }

    @Test("A delay holds every datagram at least so long and keeps the order")
    func delay() throws {
        let path = try Path(toTarget: NetworkConditions(delayMilliseconds: 50))
        defer { path.end() }
        let start = Deadline.now
        path.sendNumbers(20)
        let arrived = path.collect(20, at: path.target)
        #expect(Deadline.now - start >= 50_000_000)
        #expect(arrived.map { Int($0.bytes[1]) } == Array(0..<20))
    }

    @Test("Jitter lets datagrams overtake each other and loses none")
    func jitter() throws {
        let path = try Path(toTarget: NetworkConditions(jitterMilliseconds: 30))
        defer { path.end() }
        path.sendNumbers(100)
        let order = path.collect(100, at: path.target).map { Int($0.bytes[1]) }
        #expect(order != Array(0..<100))
        #expect(order.sorted() == Array(0..<100))
    }

    @Test("Duplicates arrive twice and are counted")
    func duplicates() throws {
        let path = try Path(toTarget: NetworkConditions(duplicatePercent: 100))
        defer { path.end() }
        path.sendNumbers(10)
        #expect(path.collect(20, at: path.target).count == 20)
        #expect(wait(upTo: .seconds(2)) { path.proxy.toTarget.duplicated == 10 })
    }

    @Test("After a rebind the target sees another port, and answers to it reach the client")
    func rebind() throws {
        let path = try Path()
        defer { path.end() }
        path.sendNumbers(1)
        let before = try #require(path.collect(1, at: path.target).first?.from)
        path.proxy.rebind()
        path.target.send([9], to: before)  // The old mapping is gone: this one is lost.
        path.sendNumbers(1)
        let after = try #require(path.collect(1, at: path.target).first?.from)
        #expect(before.port != after.port)
        #expect(path.proxy.upstreamPorts == [after.port])
        path.target.send([4, 2], to: after)
        #expect(path.collect(1, at: path.client).map(\.bytes) == [[4, 2]])
    }

    @Test("Each client keeps its own port towards the target")
    func clients() throws {
        let path = try Path()
        defer { path.end() }
        let address = try #require(SocketAddress(host: path.proxy.host, port: path.proxy.port))
        let other = try DatagramSocket(familyOf: address, connected: true)
        path.client.send([1], to: nil)
        other.send([2], to: nil)
        let arrived = path.collect(2, at: path.target)
        #expect(Set(arrived.map(\.from)).count == 2)
        for (bytes, from) in arrived { path.target.send(bytes + [7], to: from) }
        #expect(path.collect(1, at: path.client).map(\.bytes) == [[1, 7]])
        #expect(path.collect(1, at: other).map(\.bytes) == [[2, 7]])
    }

    @Test("A bottleneck sends at its rate and drops at the tail of its queue")
    func bottleneck() throws {
        var slow = NetworkConditions()
        slow.bytesPerSecond = 100_000
        slow.queueByteCount = 10_000
        let path = try Path(toTarget: slow)
        defer { path.end() }
        let start = Deadline.now
        for _ in 0..<200 { path.client.send([UInt8](repeating: 0, count: 1000), to: nil) }
        #expect(wait(upTo: .seconds(5)) { path.proxy.toTarget.received == 200 })
        // Ten fit; more pass only if this machine stalls the sender while the bottleneck drains.
        let dropped = path.proxy.toTarget.dropped
        #expect((100...190).contains(dropped), "dropped \(dropped)")
        #expect(path.collect(200 - dropped, at: path.target).count == 200 - dropped)
        #expect(Deadline.now - start >= Int64(200 - dropped) * 9_000_000)
    }

    @Test("A size limit drops what is larger and nothing else")
    func sizeLimit() throws {
        var narrow = NetworkConditions()
        narrow.maximumDatagramByteCount = 1300
        let path = try Path(toTarget: narrow)
        defer { path.end() }
        path.client.send([UInt8](repeating: 1, count: 1301), to: nil)
        path.client.send([UInt8](repeating: 2, count: 1300), to: nil)
        #expect(path.collect(1, at: path.target).map { $0.bytes.count } == [1300])
        #expect(path.proxy.toTarget.dropped == 1)
    }

    @Test("Conditions can change while datagrams flow")
    func change() throws {
        let path = try Path(toTarget: .blackHole)
        defer { path.end() }
        path.sendNumbers(5)
        #expect(wait(upTo: .seconds(2)) { path.proxy.toTarget.lost == 5 })
        path.proxy.setConditions(toTarget: .perfect)
        // The change is taken over before the next poll ends, so a few may still be lost.
        #expect(
            wait(upTo: .seconds(2)) {
                path.sendNumbers(1)
                return !path.collect(1, at: path.target, within: .milliseconds(20)).isEmpty
            })
    }

    @Test("Nothing passes after stop, and stop may be called again")
    func stop() throws {
        let path = try Path()
        path.proxy.stop()
        path.proxy.stop()
        path.sendNumbers(3)
        #expect(path.collect(1, at: path.target, within: .milliseconds(50)).isEmpty)
        path.end()
    }
}
