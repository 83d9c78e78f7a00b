/// What the streams of one connection were given to send and could not send yet.
///
/// Who asks for answers and grants no credit to send them makes them pile up here: past
/// `QUICConfiguration.maximumBacklogByteCount` the connection is closed.
final class OutgoingBacklog {
    /// Payload bytes, and for each payload what keeping it costs.
    @exclusivity(unchecked) private(set) var byteCount = 0

    /// A payload of an answer has a slab of its own.
    private static let overheadPerPayload = 128

    func add(_ count: Int) { byteCount += count + Self.overheadPerPayload }

    /// `count` bytes have left or were given up, and with them the rest of `payloadCount` payloads.
    func remove(_ count: Int, payloadCount: Int) {
        byteCount -= count + payloadCount * Self.overheadPerPayload
    }
}
