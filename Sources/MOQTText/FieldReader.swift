import MOQTModel

/// Takes the fields of a JSON object one by one and complains of those that nobody took.
struct FieldReader {
    private let object: JSONObject
    private let place: String
    private var taken: Set<String> = []

    init(_ object: JSONObject, _ place: String) {
        self.object = object
        self.place = place
    }

    func failure(_ detail: String) -> TextFailure { TextFailure(.invalidValue, "\(place): \(detail)") }

    func has(_ name: String) -> Bool { object[name] != nil }

    mutating func value(_ name: String) -> JSONValue? {
        taken.insert(name)
        return object[name]
    }

    /// Marks what other fields already say.
    mutating func ignore(_ names: String...) { taken.formUnion(names) }

    /// Throws when a field is left: a misspelt one must not vanish.
    func finish() throws(TextFailure) {
        for field in object.fields where !taken.contains(field.name) {
            throw failure("there is no field '\(field.name)' here")
        }
    }

    // MARK: Values

    mutating func optionalInteger(_ name: String) throws(TextFailure) -> UInt64? {
        guard let value = value(name) else { return nil }
        guard let number = Self.number(value) else { throw failure("'\(name)' wants an integer") }
        return number
    }

    mutating func integer(_ name: String) throws(TextFailure) -> UInt64 {
        guard let number = try optionalInteger(name) else { throw failure("'\(name)' is missing") }
        return number
    }

    mutating func optionalByte(_ name: String) throws(TextFailure) -> UInt8? {
        guard let number = try optionalInteger(name) else { return nil }
        guard let byte = UInt8(exactly: number) else { throw failure("'\(name)' is over 255") }
        return byte
    }

    mutating func optionalFlag(_ name: String) throws(TextFailure) -> Bool? {
        if case .bool(let value)? = value(name) { return value }
        guard let number = try optionalInteger(name) else { return nil }
        guard number <= 1 else { throw failure("'\(name)' is neither 0 nor 1") }
        return number == 1
    }

    mutating func optionalOrder(_ name: String) throws(TextFailure) -> GroupOrder? {
        guard let byte = try optionalByte(name), byte != 0 else { return nil }
        guard let order = GroupOrder(rawValue: byte) else { throw failure("'\(name)' is neither 1 nor 2") }
        return order
    }

    mutating func optionalText(_ name: String) throws(TextFailure) -> String? {
        switch value(name) {
        case nil: return nil
        case .string(let text)?: return text
        default: throw failure("'\(name)' wants text")
        }
    }

    mutating func text(_ name: String) throws(TextFailure) -> String {
        guard let text = try optionalText(name) else { throw failure("'\(name)' is missing") }
        return text
    }

    mutating func optionalBytes(hex name: String) throws(TextFailure) -> [UInt8]? {
        guard let text = try optionalText(name) else { return nil }
        guard let bytes = HexText.bytes(text) else { throw failure("'\(name)' wants hexadecimal digits") }
        return bytes
    }

    mutating func optionalName(_ name: String) throws(TextFailure) -> [UInt8]? {
        guard let value = value(name) else { return nil }
        return try bytes(value, name)
    }

    mutating func name(_ name: String) throws(TextFailure) -> [UInt8] {
        guard let bytes = try optionalName(name) else { throw failure("'\(name)' is missing") }
        return bytes
    }

    mutating func namespace(_ name: String) throws(TextFailure) -> TrackNamespace {
        guard case .array(let values)? = value(name) else { throw failure("'\(name)' wants a list of names") }
        var fields: [[UInt8]] = []
        for value in values { fields.append(try bytes(value, name)) }
        return TrackNamespace(fields)
    }

    mutating func optionalObject(_ name: String) throws(TextFailure) -> FieldReader? {
        switch value(name) {
        case nil: return nil
        case .object(let inner)?: return FieldReader(inner, name)
        default: throw failure("'\(name)' wants an object")
        }
    }

    /// One object, or a list of them.
    mutating func objects(_ name: String) throws(TextFailure) -> [FieldReader] {
        switch value(name) {
        case nil: return []
        case .object(let inner)?: return [FieldReader(inner, name)]
        case .array(let values)?:
            var readers: [FieldReader] = []
            for value in values {
                guard case .object(let inner) = value else { throw failure("'\(name)' wants objects") }
                readers.append(FieldReader(inner, name))
            }
            return readers
        default: throw failure("'\(name)' wants an object")
        }
    }

    /// Every field that was not taken, in order.
    mutating func rest() -> [(name: String, value: JSONValue)] {
        let rest = object.fields.filter { !taken.contains($0.name) }
        taken.formUnion(rest.map(\.name))
        return rest
    }

    private func bytes(_ value: JSONValue, _ name: String) throws(TextFailure) -> [UInt8] {
        switch value {
        case .string(let text): return Array(text.utf8)
        case .object(let inner):
            if case .string(let digits)? = inner["hex"], let bytes = HexText.bytes(digits) { return bytes }
            throw failure("'\(name)' wants text or {\"hex\": ...}")
        default: throw failure("'\(name)' wants text")
        }
    }

    /// Decimal, or hexadecimal after `0x`.
    static func number(_ value: JSONValue) -> UInt64? {
        guard case .string(let text) = value else { return nil }
        return text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    }
}
