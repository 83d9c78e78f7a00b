import CNgtcp2
import CQUIC

/// Makes connection IDs, and the stateless reset tokens that belong to them.
///
/// An ID is 8 bytes: the shard, so that a port shared by several sockets can be steered, then 7 random ones.
/// As a number it is the key of the endpoint's table.
final class ConnectionIdentity: Sendable {
    static let length = 8
    let shard: UInt8
    /// 32 bytes.
    let secret: [UInt8]

    init(shard: UInt8, secret: [UInt8]) {
        self.shard = shard
        if secret.count >= 16 {
            self.secret = secret
        } else {
            var random = [UInt8](repeating: 0, count: 32)
            cquic_random(&random, random.count)
            self.secret = random
        }
    }

    func makeID() -> ngtcp2_cid {
        var id = ngtcp2_cid()
        id.datalen = Self.length
        withUnsafeMutableBytes(of: &id.data) { bytes in
            cquic_random(bytes.baseAddress, Self.length)
            bytes[0] = shard
        }
        return id
    }

    /// Fills `token` (16 bytes) for `id`; false when the hash failed.
    func resetToken(_ id: UnsafePointer<ngtcp2_cid>, into token: UnsafeMutablePointer<UInt8>) -> Bool {
        ngtcp2_crypto_generate_stateless_reset_token(token, secret, secret.count, id) == 0
    }

    /// The key of an ID of ours; nil for another length.
    static func key(_ id: UnsafePointer<ngtcp2_cid>) -> UInt64? {
        guard id.pointee.datalen == length else { return nil }
        return withUnsafeBytes(of: id.pointee.data) { $0.loadUnaligned(as: UInt64.self) }
    }
}
