import CQUIC

/// The datagrams that the socket did not take, until it is writable again.
struct BlockedTrain {
    private var bytes: [UInt8] = []
    private var offset = 0
    private var segment = 0
    private var remote = cquic_address()
    private var local = cquic_address()
    private var ecn: UInt8 = 0

    mutating func keep(
        _ rest: UnsafeBufferPointer<UInt8>, segment: Int, remote: cquic_address, local: cquic_address,
        ecn: UInt8
    ) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: rest)
        offset = 0
        self.segment = segment
        self.remote = remote
        self.local = local
        self.ecn = ecn
    }

    /// True when nothing waits any more.
    mutating func send(on socket: UDPSocket) -> Bool {
        var position = offset
        let outcome = bytes.withUnsafeBufferPointer { buffer -> UDPSocket.SendOutcome in
            guard let base = buffer.baseAddress, buffer.count > position else { return .sent }
            return socket.send(
                base, count: buffer.count, segment: segment, to: &remote, from: &local, ecn: ecn,
                offset: &position)
        }
        offset = position
        if case .blocked = outcome { return false }
        bytes.removeAll(keepingCapacity: true)
        return true
    }
}
