/// Track namespaces and names (draft-18 section 2.4.1).
enum NameCases {
    static func list(_ side: Side) -> [MalformedCase] {
        var list = CaseList(side)
        let forms = Forms(side)
        for form in forms.all {
            for field in ["namespace", "prefix", "suffix"] where form.has(field) {
                namespace(form, field, &list)
            }
            if form.has("name") { name(form, &list) }
        }
        return list.cases
    }

    private static func namespace(_ form: Form, _ field: String, _ list: inout CaseList) {
        let side = list.side
        let one = Array("a".utf8)
        list.add(
            form.with(field, side.ns(Array(repeating: one, count: 33))), "\(field) of 33 fields", .names)
        list.add(
            form.with(field, side.ns([Array(repeating: 0x61, count: 4097)])),
            "\(field) with a field of 4097 bytes", .names)
        list.add(
            form.with(field, side.ns(Array(repeating: Array(repeating: 0x61, count: 683), count: 6))),
            "\(field) of 4098 bytes in six fields", .names)
        list.add(
            form.with(field, side.v(side.maximum)), "\(field) with the largest number of fields", .names)
        list.add(
            form.with(field, side.v(2) + side.b("a") + side.v(60_000)),
            "\(field) whose field is longer than the message", .names)
        // Empty fields are forbidden from draft 16 on.
        list.add(
            form.with(field, side.ns("live", "")), "\(field) with an empty field", .names,
            side.number >= 16 ? .violation : followUp(form, field))
        // A full namespace may be empty from draft 17 on; an empty prefix is tolerated everywhere, because a
        // widespread peer sends it on all drafts.
        let mayBeEmpty = field != "namespace" || side.number >= 17
        list.add(
            form.with(field, side.v(0)), "\(field) without fields", .names,
            mayBeEmpty ? followUp(form, field) : .violation)
    }

    /// What another, valid name leads to: messages about an earlier request then name none, which is late
    /// and not wrong.
    private static func followUp(_ form: Form, _ field: String) -> Outcome { .tolerated }

    private static func name(_ form: Form, _ list: inout CaseList) {
        let side = list.side
        list.add(
            form.with("name", side.b(Array(repeating: 0x62, count: 4097))), "track name of 4097 bytes", .names
        )
        list.add(
            form.with("name", side.v(60_000) + [1]), "track name longer than the message", .names)
        guard form.has("namespace") else { return }
        list.add(
            form.with("namespace", side.ns([Array(repeating: 0x61, count: 4000)]))
                .with("name", side.b(Array(repeating: 0x62, count: 97))),
            "full track name of 4097 bytes", .names)
        list.add(
            form.with("namespace", side.ns([Array(repeating: 0x61, count: 4000)]))
                .with("name", side.b(Array(repeating: 0x62, count: 96))),
            "full track name of exactly 4096 bytes: allowed", .names, .tolerated)
    }
}
