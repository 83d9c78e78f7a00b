import CNgtcp2
import CQUIC
import Glibc

/// An IPv4 or IPv6 address with a port.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The bytes of the address in network order; IPv4 addresses lie in the last four (mapped form).
    private var high: UInt64
    private var low: UInt64
    public var port: UInt16
    /// IPv6 link-local scope; 0 elsewhere.
    public var scope: UInt32
    /// Which kind of socket the address is for. An IPv4 address that came in on a dual-stack socket is kept
    /// mapped, hence IPv6 here.
    public private(set) var isIPv6: Bool

    private static let mappedPrefix: UInt64 = 0xffff

    /// Parses a numeric address; nil for anything else, host names included. Brackets around IPv6 are fine.
    public init?(_ text: String, port: UInt16) {
        var bare = Substring(text)
        if bare.first == "[", bare.last == "]" { bare = bare.dropFirst().dropLast() }
        var address = cquic_address()
        if inet_pton(AF_INET, String(bare), &address.v4.sin_addr) == 1 {
            address.v4.sin_family = sa_family_t(AF_INET)
            address.v4.sin_port = port.bigEndian
        } else if inet_pton(AF_INET6, String(bare), &address.v6.sin6_addr) == 1 {
            address.v6.sin6_family = sa_family_t(AF_INET6)
            address.v6.sin6_port = port.bigEndian
        } else {
            return nil
        }
        self.init(address)
    }

    /// Parses `127.0.0.1:4443` or `[::1]:4443`; nil when the address is not numeric or the port is missing.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        let host = text[..<colon]
        if host.contains(":"), host.first != "[" { return nil }
        self.init(String(host), port: port)
    }

    /// Every local address, IPv6 and IPv4.
    public static func any(port: UInt16) -> SocketAddress {
        SocketAddress(high: 0, low: 0, port: port, isIPv6: true)
    }

    public static func loopback(port: UInt16, isIPv6: Bool = false) -> SocketAddress {
        isIPv6
            ? SocketAddress(high: 0, low: 1, port: port, isIPv6: true)
            : SocketAddress(high: 0, low: mappedPrefix << 32 | 0x7f00_0001, port: port, isIPv6: false)
    }

    private init(high: UInt64, low: UInt64, port: UInt16, isIPv6: Bool) {
        self.high = high
        self.low = low
        self.port = port
        self.isIPv6 = isIPv6
        scope = 0
    }

    /// IPv4, plain or mapped into IPv6.
    public var isIPv4OrMapped: Bool { !isIPv6 || (high == 0 && low >> 32 == Self.mappedPrefix) }
    public var isUnspecified: Bool { isIPv4OrMapped ? low & 0xffff_ffff == 0 : high == 0 && low == 0 }

    /// The same address in the form that a socket of the given family needs; nil for IPv6 on an IPv4 socket.
    public func forSocket(isIPv6 wanted: Bool) -> SocketAddress? {
        if wanted == isIPv6 { return self }
        guard wanted || isIPv4OrMapped else { return nil }
        var other = self
        other.isIPv6 = wanted
        if !wanted { other.scope = 0 }
        return other
    }

    /// The address without its port, without brackets.
    public var host: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        var raw = (isIPv4OrMapped ? forSocket(isIPv6: false) ?? self : self).raw
        if raw.any.sa_family == sa_family_t(AF_INET) {
            inet_ntop(AF_INET, &raw.v4.sin_addr, &text, socklen_t(text.count))
        } else {
            inet_ntop(AF_INET6, &raw.v6.sin6_addr, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    public var description: String { isIPv4OrMapped ? "\(host):\(port)" : "[\(host)]:\(port)" }

    // MARK: the C form

    init(_ raw: cquic_address) {
        if raw.any.sa_family == sa_family_t(AF_INET6) {
            let bytes = withUnsafeBytes(of: raw.v6.sin6_addr) {
                ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
            self.init(
                high: UInt64(bigEndian: bytes.0), low: UInt64(bigEndian: bytes.1),
                port: UInt16(bigEndian: raw.v6.sin6_port), isIPv6: true)
            scope = raw.v6.sin6_scope_id
        } else {
            let v4 = UInt64(UInt32(bigEndian: raw.v4.sin_addr.s_addr))
            self.init(
                high: 0, low: Self.mappedPrefix << 32 | v4, port: UInt16(bigEndian: raw.v4.sin_port),
                isIPv6: false)
        }
    }

    var raw: cquic_address {
        var address = cquic_address()
        if isIPv6 {
            address.v6.sin6_family = sa_family_t(AF_INET6)
            address.v6.sin6_port = port.bigEndian
            address.v6.sin6_scope_id = scope
            withUnsafeMutableBytes(of: &address.v6.sin6_addr) {
                $0.storeBytes(of: high.bigEndian, as: UInt64.self)
                $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
        } else {
            address.v4.sin_family = sa_family_t(AF_INET)
            address.v4.sin_port = port.bigEndian
            address.v4.sin_addr.s_addr = UInt32(truncatingIfNeeded: low).bigEndian
        }
        return address
    }
}
