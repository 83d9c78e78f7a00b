import CGnuTLS
import CNgtcp2
import Containers

/// What the callbacks of one connection may touch: they append here and nothing else.
///
/// An allocation of its own, reached by pointer, never by way of the connection that is calling into C: coming
/// back to an object that is in the middle of a call breaks Swift's exclusivity rule.
final class CallbackRing {
    @exclusivity(unchecked) var connection: OpaquePointer?
    /// GnuTLS finds the ngtcp2 connection through this; its address must not move.
    let reference: UnsafeMutablePointer<ngtcp2_crypto_conn_ref>
    /// Copies received bytes; one per endpoint, so that idle connections cost no slab.
    private let writer: UnsafeMutablePointer<SlabWriter>
    let identity: ConnectionIdentity

    var verification: CertificateVerification = .insecure
    var serverName = ""
    /// A server's application protocols, most wanted first, where GnuTLS cannot hold them all.
    var protocols: [String] = []
    /// Why the certificate was refused.
    var tlsRefusal: String?

    @exclusivity(unchecked) private var events: UnsafeMutablePointer<CallbackEvent>
    @exclusivity(unchecked) private var capacity = 8
    /// Events in the buffer; those before `next` have been taken.
    @exclusivity(unchecked) private var count = 0
    @exclusivity(unchecked) private var next = 0
    /// What is read before it is acted on, 64 kB of packets at most, yields some twenty thousand events (their frames, and
    /// reordered bytes that they release); past this the connection is closed.
    static let maximumCount = 1 << 18

    init(writer: UnsafeMutablePointer<SlabWriter>, identity: ConnectionIdentity) {
        self.writer = writer
        self.identity = identity
        reference = .allocate(capacity: 1)
        events = .allocate(capacity: capacity)
        reference.initialize(to: ngtcp2_crypto_conn_ref())
        reference.pointee.user_data = Unmanaged.passUnretained(self).toOpaque()
        reference.pointee.get_conn = { reference in
            guard let raw = reference?.pointee.user_data else { return nil }
            return Unmanaged<CallbackRing>.fromOpaque(raw).takeUnretainedValue().connection
        }
    }

    deinit {
        (events + next).deinitialize(count: count - next)
        events.deallocate()
        reference.deallocate()
    }

    static func of(_ session: gnutls_session_t) -> CallbackRing? {
        guard let raw = gnutls_session_get_ptr(session) else { return nil }
        let reference = raw.assumingMemoryBound(to: ngtcp2_crypto_conn_ref.self)
        guard let user = reference.pointee.user_data else { return nil }
        return Unmanaged<CallbackRing>.fromOpaque(user).takeUnretainedValue()
    }

    /// 0, or what makes ngtcp2 give up the connection.
    func append(_ event: CallbackEvent) -> Int32 {
        if count == capacity {
            guard capacity < Self.maximumCount else { return NGTCP2_ERR_CALLBACK_FAILURE }
            let larger = UnsafeMutablePointer<CallbackEvent>.allocate(capacity: capacity * 2)
            (larger + next).moveInitialize(from: events + next, count: count - next)
            events.deallocate()
            events = larger
            capacity *= 2
        }
        (events + count).initialize(to: event)
        count += 1
        return 0
    }

    /// Bytes of a stream have come: one event for those that follow each other, as an object's packets do.
    func appendStreamData(_ stream: StreamID, _ bytes: UnsafePointer<UInt8>?, _ byteCount: Int, fin: Bool)
        -> Int32
    {
        let added = UnsafeRawBufferPointer(start: bytes, count: byteCount)
        if count > next {
            let last = events + (count - 1)
            if last.pointee.kind == .streamData, last.pointee.stream == stream, !last.pointee.flag,
                byteCount == 0 || writer.pointee.extend(&last.pointee.payload, with: added)
            {
                last.pointee.flag = fin
                return 0
            }
        }
        let payload = writer.pointee.copy(added)
        return append(CallbackEvent(kind: .streamData, flag: fin, stream: stream, payload: payload))
    }

    /// `byteCount` more bytes of a stream are acknowledged: one event for those that follow each other.
    func appendAcknowledged(_ stream: StreamID, _ byteCount: UInt64) -> Int32 {
        if count > next {
            let last = events + (count - 1)
            if last.pointee.kind == .streamAcknowledged, last.pointee.stream == stream {
                last.pointee.a += byteCount
                return 0
            }
        }
        return append(CallbackEvent(kind: .streamAcknowledged, stream: stream, a: byteCount))
    }

    func append(_ kind: CallbackEvent.Kind) -> Int32 { append(CallbackEvent(kind: kind)) }

    func copy(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Payload {
        writer.pointee.copy(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    /// The oldest event, which leaves the ring; nil when there is none.
    func take() -> CallbackEvent? {
        guard next < count else {
            count = 0
            next = 0
            return nil
        }
        defer { next += 1 }
        return (events + next).move()
    }
}
