import Containers

/// Where a parser stands in a stream of objects: behind a header of the stream, each has a header and a payload.
struct ObjectFraming {
    enum Phase: UInt8 {
        case streamHeader
        case objectHeader
        case payload
        case objectEnd
    }

    var gatherer = HeaderGatherer()
    private(set) var phase = Phase.streamHeader
    private var missingPayload: UInt64 = 0

    /// Whether the stream may end here.
    var isBetweenObjects: Bool { phase == .objectHeader && gatherer.isEmpty }

    /// The stream's header is complete.
    mutating func streamBegan() { phase = .objectHeader }

    /// An object's header is complete.
    mutating func objectBegan(payloadByteCount: UInt64) {
        missingPayload = payloadByteCount
        phase = payloadByteCount > 0 ? .payload : .objectEnd
    }

    /// The next bytes of the payload; nil when there are none yet.
    mutating func payload() -> Payload? {
        let bytes = gatherer.take(missingPayload)
        if bytes.isEmpty { return nil }
        missingPayload -= UInt64(bytes.count)
        if missingPayload == 0 { phase = .objectEnd }
        return bytes
    }

    /// The object's end was reported.
    mutating func objectEnded() { phase = .objectHeader }
}
