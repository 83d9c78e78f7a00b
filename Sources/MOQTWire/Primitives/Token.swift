import MOQTModel

extension AuthorizationToken {
    /// A Token structure that fills `bytes` (draft-18 section 10.2.1).
    init(_ bytes: UnsafeRawBufferPointer, _ rules: DraftRules) throws(WireError) {
        var reader = WireReader(bytes, varint: rules.varint)
        do throws(WireError) {
            switch try reader.varint() {
            case 0: self = .delete(alias: try reader.varint())
            case 1:
                self = .register(
                    alias: try reader.varint(), type: try reader.varint(), value: Array(reader.rest()))
            case 2: self = .useAlias(try reader.varint())
            case 3: self = .useValue(type: try reader.varint(), value: Array(reader.rest()))
            default: throw WireError.keyValueFormatting("unknown token alias type")
            }
        } catch {
            throw .keyValueFormatting("authorization token cannot be decoded")
        }
        guard reader.isAtEnd else { throw .keyValueFormatting("authorization token too long") }
    }

    func encoded(_ rules: DraftRules) throws(WireError) -> [UInt8] {
        var writer = WireWriter(varint: rules.varint)
        switch self {
        case .delete(let alias):
            try writer.varint(0)
            try writer.varint(alias)
        case .register(let alias, let type, let value):
            try writer.varint(1)
            try writer.varint(alias)
            try writer.varint(type)
            writer.raw(value)
        case .useAlias(let alias):
            try writer.varint(2)
            try writer.varint(alias)
        case .useValue(let type, let value):
            try writer.varint(3)
            try writer.varint(type)
            writer.raw(value)
        }
        return writer.bytes
    }
}
