import Containers
import MOQTModel

/// One whole object as a subscriber gets it.
public struct ReceivedObject: Sendable, Equatable {
    public var location: Location
    /// nil for an object that came in a datagram.
    public var subgroup: UInt64?
    public var status: ObjectStatus
    /// The publisher's; 0 is the most urgent.
    public var priority: UInt8
    public var properties: [Property]
    /// The track states a timescale: timestamps are media time, not the time of day.
    public var hasMediaTime = false
    /// The payload in the pieces in which it arrived; shared bytes, not copies.
    public var payload: [Payload]

    public init(
        location: Location, subgroup: UInt64? = nil, status: ObjectStatus = .normal,
        priority: UInt8 = TrackProperties.defaultPriority, properties: [Property] = [],
        payload: [Payload] = []
    ) {
        self.location = location
        self.subgroup = subgroup
        self.status = status
        self.priority = priority
        self.properties = properties
        self.payload = payload
    }

    public var byteCount: Int { payload.reduce(0) { $0 + $1.count } }

    /// The payload in one piece.
    public var bytes: [UInt8] {
        if payload.count == 1 { return payload[0].bytes }
        var result: [UInt8] = []
        result.reserveCapacity(byteCount)
        for piece in payload { piece.withUnsafeBytes { result.append(contentsOf: $0) } }
        return result
    }

    /// Microseconds since 1970 at which the publisher captured the object, where it says so
    /// (draft-ietf-moq-loc, property 0x10 without a timescale of the object or its track).
    public var captureTime: UInt64? {
        if hasMediaTime || properties.contains(where: { $0.type == LOCProperty.timescale }) { return nil }
        for property in properties where property.type == LOCProperty.timestamp {
            if case .integer(let value) = property.value { return value }
        }
        return nil
    }
}
