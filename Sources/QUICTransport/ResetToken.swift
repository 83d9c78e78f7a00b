import Containers

/// The 16 bytes at the end of a stateless reset (RFC 9000 section 10.3).
struct ResetToken: Hashable {
    private let a: UInt64
    private let b: UInt64

    init(_ bytes: UnsafeRawPointer) {
        a = bytes.loadUnaligned(as: UInt64.self)
        b = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    }

    /// Nil unless there are exactly 16 bytes.
    init?(_ payload: Payload) {
        guard payload.count == 16, let address = payload.unsafeBaseAddress else { return nil }
        self.init(address)
    }
}
