import Containers
import MOQTModel

/// Parses a subgroup stream as its bytes arrive (draft-18 section 11.4.2).
///
/// Feed a payload, then call `next` until it gives nil; payload bytes are passed on as slices. It allocates only
/// for a header that is split over two payloads. What it throws has the scope of the session, and after it
/// has thrown it must not be used.
public struct SubgroupParser {
    private let rules: DraftRules
    private let shape: WireShape
    private let knownType: UInt64?
    private var framing = ObjectFraming()
    private var hasProperties = false
    private var objectCount: UInt64 = 0
    private var previousID: UInt64 = 0

    /// For the whole stream; with `type`, for what follows the stream's type.
    public init(_ rules: DraftRules, type: UInt64? = nil) {
        self.rules = rules
        shape = rules.bodyShape
        knownType = type
    }

    /// The last object's id, once there was an object.
    public var lastObjectID: UInt64? { objectCount > 0 ? previousID : nil }

    public mutating func feed(_ payload: Payload) { framing.gatherer.feed(payload) }

    /// The next event; nil when more bytes are needed.
    public mutating func next() throws(WireError) -> SubgroupEvent? {
        switch framing.phase {
        case .streamHeader:
            guard let header = try streamHeader() else { return nil }
            hasProperties = header.hasProperties
            framing.streamBegan()
            return .header(header)
        case .objectHeader:
            guard let header = try objectHeader() else { return nil }
            previousID = header.objectID
            objectCount &+= 1
            framing.objectBegan(payloadByteCount: header.payloadByteCount)
            return .objectBegan(header)
        case .payload:
            return framing.payload().map { .payload($0) }
        case .objectEnd:
            framing.objectEnded()
            return .objectEnded
        }
    }

    /// Call at FIN, with every event taken: throws when the stream ends inside a header or an object.
    public func finished() throws(WireError) {
        guard framing.isBetweenObjects else {
            throw .subgroupCutShort
        }
    }

    private mutating func streamHeader() throws(WireError) -> SubgroupHeader? {
        let rules = rules
        let knownType = knownType
        let found = try framing.gatherer.header(rules.varint) {
            (reader) throws(WireError) -> (SubgroupHeader, Range<Int>) in
            let number: UInt64
            if let knownType { number = knownType } else { number = try reader.varint() }
            guard let type = SubgroupType(number, rules) else {
                throw .unknownStream
            }
            let alias = TrackAlias(try reader.varint())
            let group = try reader.varint()
            let subgroup: SubgroupHeader.SubgroupID =
                switch number & SubgroupType.idMode {
                case SubgroupType.idIsExplicit: .explicit(try reader.varint())
                case SubgroupType.idIsFirstObject: .firstObjectID
                default: .explicit(0)
                }
            let priority: UInt8? = type.has(SubgroupType.defaultPriority) ? nil : try reader.u8()
            let header = SubgroupHeader(
                alias: alias, group: group, subgroup: subgroup, priority: priority,
                hasProperties: type.has(SubgroupType.hasProperties),
                endOfGroup: type.has(SubgroupType.endOfGroup),
                firstObject: type.has(SubgroupType.firstObject))
            return (header, 0..<0)
        }
        return found?.0
    }

    private mutating func objectHeader() throws(WireError) -> ObjectHeader? {
        let rules = rules
        let hasProperties = hasProperties
        let previous: UInt64? = objectCount > 0 ? previousID : nil
        let found = try framing.gatherer.header(rules.varint) {
            (reader) throws(WireError) -> (ObjectHeader, Range<Int>) in
            let objectID = try reader.objectID(after: previous)
            let properties = hasProperties ? try reader.propertyBlock() : 0..<0
            let payloadByteCount = try reader.varint()
            var status = ObjectStatus.normal
            if payloadByteCount == 0 {
                status = try reader.objectStatus(
                    rules, hasProperties: !properties.isEmpty,
                    tolerated: rules.endsOfGroupWithPropertiesAreTolerated ? .endOfGroup : nil)
            }
            return (
                ObjectHeader(objectID: objectID, status: status, payloadByteCount: payloadByteCount),
                properties
            )
        }
        guard case (var header, let properties)? = found else { return nil }
        if hasProperties { header.properties = PropertyBlock(bytes: properties, shape: shape) }
        return header
    }
}
