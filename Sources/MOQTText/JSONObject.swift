/// The fields of a JSON object in the order in which they were set; equality ignores the order.
public struct JSONObject: Equatable, Sendable {
    public private(set) var fields: [(name: String, value: JSONValue)] = []

    public init() {}

    public init(_ fields: some Sequence<(key: String, value: JSONValue)>) {
        for (name, value) in fields { self[name] = value }
    }

    /// Linear in the number of fields, which is small.
    public subscript(name: String) -> JSONValue? {
        get { fields.first { $0.name == name }?.value }
        set {
            let index = fields.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): fields[index].value = value
            case (let index?, nil): fields.remove(at: index)
            case (nil, let value?): fields.append((name, value))
            case (nil, nil): break
            }
        }
    }

    /// These fields and, after them, those of `other`, which win.
    public func merged(_ other: JSONObject) -> JSONObject {
        var merged = self
        for (name, value) in other.fields { merged[name] = value }
        return merged
    }

    public func with(_ name: String, _ value: JSONValue) -> JSONObject {
        var object = self
        object[name] = value
        return object
    }

    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.fields.count == b.fields.count && a.fields.allSatisfy { b[$0.name] == $0.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        for (name, value) in elements { self[name] = value }
    }
}
