import CNgtcp2

/// A connection ID of any length, as a client chose it for its first packets.
struct InitialID: Hashable {
    private let a: UInt64
    private let b: UInt64
    private let c: UInt32
    private let count: UInt8

    /// Nil when it is longer than QUIC version 1 allows.
    init?(_ bytes: UnsafePointer<UInt8>?, count: Int) {
        guard count <= NGTCP2_MAX_CIDLEN, count == 0 || bytes != nil else { return nil }
        var storage: (UInt64, UInt64, UInt32) = (0, 0, 0)
        withUnsafeMutableBytes(of: &storage) { target in
            if let bytes { target.baseAddress?.copyMemory(from: bytes, byteCount: count) }
        }
        (a, b, c) = storage
        self.count = UInt8(count)
    }

    init?(_ id: ngtcp2_cid) {
        var copy = id
        let count = copy.datalen
        let made = withUnsafeBytes(of: &copy.data) {
            InitialID($0.baseAddress?.assumingMemoryBound(to: UInt8.self), count: count)
        }
        guard let made else { return nil }
        self = made
    }
}
