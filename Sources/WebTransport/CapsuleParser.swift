import Containers

/// Reads capsules (RFC 9297 section 3.2) from the content of a CONNECT stream; those without meaning for us
/// are skipped without being held.
struct CapsuleParser {
    private enum State {
        case type
        case byteCount(type: UInt64)
        case content(type: UInt64, missing: UInt64)
        /// After WT_CLOSE_SESSION nothing may follow.
        case closed
    }

    private var state = State.type
    private var varint = VarintReader()
    private var content: [UInt8] = []

    /// Whether the stream may end here: not inside a capsule.
    var isBetweenCapsules: Bool {
        switch state {
        case .type: varint.isAtStart
        case .closed: true
        default: false
        }
    }

    /// Takes one capsule from the front of `bytes`; nil when more bytes are needed. Throws with stream scope.
    mutating func next(_ bytes: inout Payload) throws(HTTP3Failure) -> Capsule? {
        while true {
            switch state {
            case .type:
                guard let type = varint.read(&bytes) else { return nil }
                guard !Capsule.CapsuleType.isForbidden(type) else {
                    throw .stream(.messageError, "a flow control capsule that has no place over HTTP/3")
                }
                state = .byteCount(type: type)
            case .byteCount(let type):
                guard let byteCount = varint.read(&bytes) else { return nil }
                if type == Capsule.CapsuleType.close {
                    guard byteCount >= 4, byteCount <= UInt64(4 + Capsule.maximumReasonByteCount) else {
                        throw .stream(.messageError, "WT_CLOSE_SESSION has an impossible length")
                    }
                }
                state = .content(type: type, missing: byteCount)
            case .content(let type, 0):
                state = .type
                if type == Capsule.CapsuleType.drain { return .drain }
                if type == Capsule.CapsuleType.close { return try closed() }
            case .content(let type, let missing):
                if bytes.isEmpty { return nil }
                let count = Int(min(missing, UInt64(bytes.count)))
                if type == Capsule.CapsuleType.close {
                    bytes.slice(from: 0, count: count).withUnsafeBytes { content.append(contentsOf: $0) }
                }
                bytes = bytes.slice(from: count)
                state = .content(type: type, missing: missing - UInt64(count))
            case .closed:
                if bytes.isEmpty { return nil }
                throw .stream(.messageError, "bytes after WT_CLOSE_SESSION")
            }
        }
    }

    private mutating func closed() throws(HTTP3Failure) -> Capsule {
        state = .closed
        let code = content.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard let reason = String(validating: content.dropFirst(4), as: UTF8.self) else {
            throw .stream(.messageError, "the message of WT_CLOSE_SESSION is not UTF-8")
        }
        content = []
        return .close(code: code, reason: reason)
    }
}
