import CQUIC
import Glibc

/// One bound UDP socket: batched receives with GRO, segmented sends with GSO, and the fallbacks for kernels
/// that refuse either.
final class UDPSocket {
    let descriptor: Int32
    let localAddress: SocketAddress
    /// Whether trains leave in one call; turned off for good when the kernel refuses the first.
    private(set) var usesGSO: Bool
    let usesGRO: Bool
    private(set) var sendCalls: UInt64 = 0
    private(set) var segmentedSends: UInt64 = 0
    private(set) var dropped: UInt64 = 0

    /// Buffers for one receive call: with GRO each message may hold a whole train.
    let messages: UnsafeMutablePointer<cquic_received>
    private let buffers: UnsafeMutablePointer<UInt8>
    private let bufferSize: Int
    private let batch = Int(CQUIC_RECEIVE_BATCH)

    private var segmentRefusals = 0

    /// Tests set this to see the fallback: the kernel's refusal, as a negative errno.
    var refusesSegmentsWith: Int32?

    init(bind: SocketAddress, configuration: QUICConfiguration) throws(TransportError) {
        var address = bind.raw
        let opened = cquic_udp_open(&address, configuration.reusesPort ? 1 : 0, 4 << 20, 4 << 20)
        guard opened >= 0 else {
            throw TransportError(.socket, "cannot listen on \(bind): \(systemErrorText(opened))")
        }
        descriptor = opened
        var bound = cquic_address()
        _ = cquic_udp_local_address(opened, &bound)
        localAddress = SocketAddress(bound)
        usesGSO = configuration.usesGSO && cquic_udp_probe_gso(opened) == 0
        usesGRO = configuration.usesGRO && cquic_udp_enable_gro(opened) == 0
        // A server must not let one vanished client's ICMP cost another client a datagram.
        if configuration.serverIdentity == nil { _ = cquic_udp_enable_error_queue(opened) }
        if configuration.reusesPort, configuration.shardCount > 1, configuration.shard == 0 {
            // Without it the kernel steers by address: right until a client's address changes.
            _ = cquic_udp_steer_by_connection_id(opened, UInt32(configuration.shardCount))
        }
        bufferSize = usesGRO ? 65_536 : 2_048
        messages = .allocate(capacity: batch)
        messages.initialize(repeating: cquic_received(), count: batch)
        buffers = .allocate(capacity: batch * bufferSize)
    }

    deinit {
        Glibc.close(descriptor)
        messages.deallocate()
        buffers.deallocate()
    }

    /// Fills `messages`; the number received, 0 when there is nothing, else -errno. The bytes are valid until
    /// the next call.
    func receive() -> Int {
        let count = cquic_udp_receive(descriptor, messages, Int32(batch), buffers, bufferSize)
        return count == -EAGAIN || count == -EINTR ? 0 : Int(count)
    }

    /// A copy of message `index` of the last `receive`: for tests.
    func receivedBytes(_ index: Int) -> [UInt8] {
        Array(UnsafeBufferPointer(start: messages[index].bytes, count: Int(messages[index].count)))
    }

    /// Takes one entry of the error queue: which address refused, and the errno.
    func nextError() -> (destination: SocketAddress, error: Int32)? {
        var address = cquic_address()
        var error: Int32 = 0
        guard cquic_udp_next_error(descriptor, &address, &error) == 1 else { return nil }
        return (SocketAddress(address), error)
    }

    enum SendOutcome { case sent, blocked }

    /// Sends a train of datagrams, all `segment` bytes long but the last. A blocked train may be given again
    /// from where `offset` stands afterwards.
    func send(
        _ bytes: UnsafePointer<UInt8>, count: Int, segment: Int, to remote: UnsafePointer<cquic_address>,
        from local: UnsafePointer<cquic_address>?, ecn: UInt8, offset: inout Int
    ) -> SendOutcome {
        var oneByOne = !usesGSO
        var retries = 2
        while offset < count {
            let rest = count - offset
            let isTrain = !oneByOne && segment < rest
            let size = isTrain ? rest : min(segment, rest)
            let refusal = isTrain ? refusesSegmentsWith : nil
            let sent =
                refusal.map { Int($0) }
                ?? cquic_udp_send(descriptor, bytes + offset, size, isTrain ? segment : 0, remote, local, ecn)
            sendCalls &+= 1
            if sent >= 0 {
                if isTrain { segmentedSends &+= 1 }
                offset += size
                continue
            }
            switch Int32(-sent) {
            case EAGAIN, ENOBUFS:
                return .blocked
            case EIO where isTrain, ENOPROTOOPT where isTrain, EOPNOTSUPP where isTrain:
                // No checksum offload, or no such option: never again on this socket.
                usesGSO = false
                oneByOne = true
            case EINVAL where isTrain, EMSGSIZE where isTrain:
                // Perhaps only these datagrams are too large for the device; after a few times it is GSO.
                oneByOne = true
                segmentRefusals += 1
                if segmentRefusals > 8 { usesGSO = false }
            case ECONNREFUSED where retries > 0, EHOSTUNREACH where retries > 0,
                ENETUNREACH where retries > 0:
                // Probably the pending error of an earlier datagram; asking again clears it.
                retries -= 1
            default:
                // Too large a path MTU probe, or no route now: lost, as it would be on the path. The timers
                // decide.
                dropped &+= 1
                offset += size
            }
        }
        return .sent
    }
}
