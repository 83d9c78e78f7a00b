import CQUIC
import Containers
import Glibc
import Testing

@testable import QUICTransport

@Suite("Sockets and addresses") struct UDPSocketTests {
    @Test(
        "A train arrives as its datagrams, with ECN mark and addresses", arguments: [false, true],
        [false, true])
    func train(isIPv6: Bool, usesGRO: Bool) throws {
        var configuration = QUICConfiguration()
        configuration.usesGRO = usesGRO
        let sender = try UDPSocket(bind: .loopback(port: 0, isIPv6: isIPv6), configuration: configuration)
        let receiver = try UDPSocket(bind: .any(port: 0), configuration: configuration)
        var target = SocketAddress.loopback(port: receiver.localAddress.port, isIPv6: isIPv6).raw
        var source = sender.localAddress.raw
        let sent = bytes(3500)
        var offset = 0
        _ = sender.send(
            sent, count: sent.count, segment: 1000, to: &target, from: &source, ecn: 2, offset: &offset)
        #expect(offset == 3500)
        var received: [UInt8] = []
        var sizes: [Int] = []
        let loop = try EventLoop()
        loop.run(forMilliseconds: 2000) {
            let count = receiver.receive()
            for index in 0..<max(0, count) {
                let message = receiver.messages[index]
                #expect(message.ecn == 2)
                let from = SocketAddress(message.remote)
                #expect(from.port == sender.localAddress.port && from.host == sender.localAddress.host)
                #expect(SocketAddress(message.local).host == (isIPv6 ? "::1" : "127.0.0.1"))
                received += receiver.receivedBytes(index)
                var left = Int(message.count)
                while left > 0 {
                    sizes.append(min(left, Int(message.segment)))
                    left -= Int(message.segment)
                }
            }
            return received.count == 3500
        }
        #expect(received == sent)
        #expect(sizes == [1000, 1000, 1000, 500])
    }

    @Test(
        "Addresses are read and written",
        arguments: [
            ("127.0.0.1:4443", "127.0.0.1:4443"), ("[::1]:1", "[::1]:1"), ("[::]:65535", "[::]:65535"),
            ("[2001:db8::7]:443", "[2001:db8::7]:443"), ("[::ffff:10.0.0.1]:9", "10.0.0.1:9"),
        ])
    func addresses(text: String, expected: String) throws {
        let address = try #require(SocketAddress(text))
        #expect(address.description == expected)
        #expect(SocketAddress(address.raw) == address)
    }

    @Test(
        "What is no address is refused",
        arguments: ["", ":", "localhost:1", "1.2.3.4", "::1:443", "1.2.3.4:70000"])
    func noAddress(text: String) { #expect(SocketAddress(text) == nil) }

    @Test("A port that is taken is an error with a sentence")
    func taken() throws {
        let first = try UDPSocket(bind: .loopback(port: 0), configuration: QUICConfiguration())
        let error = #expect(throws: TransportError.self) {
            try UDPSocket(bind: first.localAddress, configuration: QUICConfiguration())
        }
        #expect(error?.message.contains("cannot listen on 127.0.0.1") == true)
    }
}
