import MOQTModel

/// A shape is the kind of integer in the low bits and the kind of property types above.
extension WireShape {
    init(_ varint: VarintKind, propertyTypesAreDeltas: Bool) {
        self.init(rawValue: varint.rawValue | (propertyTypesAreDeltas ? 4 : 0))
    }

    /// How integers are written in this shape.
    public var varint: VarintKind { VarintKind(rawValue: rawValue & 3) ?? .vi64 }
    /// Property types are differences from the previous type.
    public var propertyTypesAreDeltas: Bool { rawValue & 4 != 0 }
}
