/// What a unidirectional stream carries, by the integer that it begins with (draft-18 section 11.4).
public enum DataStreamKind: Hashable, Sendable {
    case subgroup(rawType: UInt64)
    case fetch
    /// The peer's control stream; the integer is also the type of its first message, SETUP.
    case control
    /// Bytes to throw away.
    case padding

    static let fetchType: UInt64 = 0x05
    static let paddingType: UInt64 = 0x132B_3E28

    /// Throws a violation for a type that the draft does not define.
    public init(type: UInt64, _ rules: DraftRules) throws(WireError) {
        switch type {
        case Self.fetchType: self = .fetch
        case MessageType.setup where rules.setupTravelsOn == .uniControlStreams: self = .control
        case Self.paddingType where rules.hasPadding: self = .padding
        default:
            guard SubgroupType(type, rules) != nil else { throw .unknownStream }
            self = .subgroup(rawType: type)
        }
    }

    /// Looks at a stream's first bytes without taking them. Throws `needMore` when the type is unfinished.
    public init(peeking bytes: UnsafeRawBufferPointer, _ rules: DraftRules) throws(WireError) {
        var reader = WireReader(bytes, varint: rules.varint)
        try self.init(type: try reader.varint(), rules)
    }
}
