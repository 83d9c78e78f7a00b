import Glibc

/// A numeric IPv4 or IPv6 address with a port, as the kernel keeps it.
struct SocketAddress: Hashable {
    private(set) var bytes: [UInt8]

    /// Nil unless `host` is a numeric address.
    init?(host: String, port: UInt16) {
        var v4 = sockaddr_in()
        if inet_pton(AF_INET, host, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            bytes = withUnsafeBytes(of: v4) { Array($0) }
            return
        }
        var v6 = sockaddr_in6()
        guard inet_pton(AF_INET6, host, &v6.sin6_addr) == 1 else { return nil }
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        bytes = withUnsafeBytes(of: v6) { Array($0) }
    }

    init(storage: UnsafeRawBufferPointer) { bytes = Array(storage) }

    var isIPv6: Bool { bytes.count == MemoryLayout<sockaddr_in6>.size }
    /// The loopback address of the same family, any free port.
    var loopback: SocketAddress {
        var address = self
        address.bytes = Array(repeating: 0, count: bytes.count)
        address.bytes.replaceSubrange(0..<2, with: bytes[0..<2])
        if isIPv6 {
            address.bytes[23] = 1
        } else {
            address.bytes.replaceSubrange(4..<8, with: [127, 0, 0, 1])
        }
        return address
    }
    /// Both families keep the port in the same two bytes.
    var port: UInt16 { UInt16(bytes[2]) << 8 | UInt16(bytes[3]) }

    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        return withUnsafeMutableBytes(of: &storage) { raw in
            raw.copyBytes(from: bytes)
            return raw.withMemoryRebound(to: sockaddr.self) { pointer in
                guard let base = pointer.baseAddress else { preconditionFailure("storage is never empty") }
                return body(base, socklen_t(bytes.count))
            }
        }
    }
}
