import Containers
import MOQTModel

/// One object of a subgroup in a log: its header, and where its payload begins.
struct ObjectRecord {
    var header: ObjectHeader
    /// When its first byte arrived.
    var arrivedAt: Instant
    /// Index of its first payload chunk; an object always begins a chunk of its own.
    var firstChunk: Int
    /// Payload bytes of the subgroup in front of it.
    var payloadBefore: UInt64

    static let trimmed = ObjectRecord(
        header: ObjectHeader(objectID: 0, payloadByteCount: 0), arrivedAt: .zero, firstChunk: 0,
        payloadBefore: 0)
}
