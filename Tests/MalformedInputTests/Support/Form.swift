/// A valid control message as named fields, so that a case can break one of them and nothing else.
struct Form: Sendable {
    let name: String
    var type: UInt64
    var fields: [(name: String, bytes: [UInt8])]
    var place: Place
    var before: Before = .setup

    /// The same with another value in one field.
    func with(_ field: String, _ bytes: [UInt8]) -> Form {
        guard let index = fields.firstIndex(where: { $0.name == field }) else {
            preconditionFailure("\(name) has no field \(field)")
        }
        var form = self
        form.fields[index].bytes = bytes
        return form
    }

    func has(_ field: String) -> Bool { fields.contains { $0.name == field } }
    var body: [UInt8] { fields.flatMap(\.bytes) }

    func at(_ place: Place, before: Before? = nil) -> Form {
        var form = self
        form.place = place
        form.before = before ?? form.before
        return form
    }

    /// The whole message: type, length in 16 bits, body.
    func frame(_ side: Side) -> [UInt8] { Self.frame(side, type, body) }

    static func frame(_ side: Side, _ type: UInt64, _ body: [UInt8]) -> [UInt8] {
        side.v(type) + [UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
    }
}
