import Glibc

/// A non-blocking UDP socket on the loopback interface; closes its descriptor when it goes.
final class DatagramSocket {
    let descriptor: Int32

    /// Bound to a free loopback port of `peer`'s family; connected to `peer` when asked.
    init(familyOf peer: SocketAddress, connected: Bool) throws(UDPProxyError) {
        descriptor = socket(
            peer.isIPv6 ? AF_INET6 : AF_INET,
            Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw UDPProxyError(call: "socket", number: errno) }
        var size: Int32 = 4 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        let local = peer.loopback
        guard local.withSockaddr({ bind(descriptor, $0, $1) }) == 0 else {
            throw UDPProxyError(call: "bind", number: errno)
        }
        if connected, peer.withSockaddr({ connect(descriptor, $0, $1) }) != 0 {
            throw UDPProxyError(call: "connect", number: errno)
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    var localPort: UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { raw in
            raw.withMemoryRebound(to: sockaddr.self) { _ = getsockname(descriptor, $0.baseAddress, &length) }
            return SocketAddress(storage: UnsafeRawBufferPointer(rebasing: raw[0..<Int(length)])).port
        }
    }

    /// One datagram and its sender, or nil when none waits.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> (bytes: [UInt8], from: SocketAddress)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { raw in
            var count = -1
            repeat {
                count = raw.withMemoryRebound(to: sockaddr.self) {
                    recvfrom(descriptor, buffer.baseAddress, buffer.count, 0, $0.baseAddress, &length)
                }
                // A connected socket reports the peer's closed port once per datagram sent: not the end.
            } while count < 0 && (errno == EINTR || errno == ECONNREFUSED)
            guard count >= 0 else { return nil }
            return (
                Array(buffer[0..<count]),
                SocketAddress(storage: UnsafeRawBufferPointer(rebasing: raw[0..<Int(length)]))
            )
        }
    }

    /// Sends to the connected peer, or to `destination`; a full socket or a closed port loses the datagram.
    func send(_ bytes: [UInt8], to destination: SocketAddress?) {
        guard let destination else {
            _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            return
        }
        _ = destination.withSockaddr {
            sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, $1)
        }
    }
}
