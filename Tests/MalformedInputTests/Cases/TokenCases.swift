import MOQTModel

/// Authorization tokens; the session under test keeps 40 bytes of them (draft-18 section 10.2.2).
enum TokenCases {
    static func list(_ side: Side) -> [MalformedCase] {
        var list = CaseList(side)
        let forms = Forms(side)
        for form in [
            forms.subscribe(), forms.publish(), forms.fetch(), forms.trackStatus(), forms.publishNamespace(),
            forms.subscribeNamespace(), forms.update,
        ] { tokens(form, &list) }
        setup(forms.setup, &list)
        return list.cases
    }

    private static func tokens(_ form: Form, _ list: inout CaseList) {
        let side = list.side
        func token(_ values: [UInt8]...) -> Form {
            var bytes = side.v(UInt64(values.count))
            for (index, value) in values.enumerated() {
                bytes += side.v(side.number >= 16 && index > 0 ? 0 : 3) + side.b(value)
            }
            return form.with("parameters", bytes)
        }
        let formatting = Outcome.closed(0x6)
        list.add(token(side.v(4)), "token of alias type 4", .tokens, formatting)
        list.add(token([]), "token of no bytes", .tokens, formatting)
        list.add(token(side.v(1) + side.v(5)), "REGISTER without a type", .tokens, formatting)
        list.add(token(side.v(2) + side.v(5) + [0]), "USE_ALIAS with a value", .tokens, formatting)
        list.add(token(side.v(0)), "DELETE without an alias", .tokens, formatting)
        list.add(token(side.v(2) + side.v(5)), "USE_ALIAS of an unknown alias", .tokens, .closed(0x17))
        list.add(token(side.v(0) + side.v(5)), "DELETE of an unknown alias", .tokens, .closed(0x17))
        let register = side.v(1) + side.v(5) + side.v(0)
        list.add(
            token(register + Array(repeating: 1, count: 25)), "REGISTER beyond the cache", .tokens,
            .closed(0x13))
        list.add(token(register + [1], register + [2]), "REGISTER of an alias twice", .tokens, .closed(0x14))
        list.add(
            token(register + Array(repeating: 1, count: 24)), "REGISTER that fills the cache: allowed",
            .tokens,
            .tolerated)
    }

    private static func setup(_ form: Form, _ list: inout CaseList) {
        let side = list.side
        func token(_ value: [UInt8]) -> Form {
            let option: [(type: UInt64, value: [UInt8])] = [(0x03, side.b(value))]
            return form.with("options", (side.isStreaming ? [] : side.v(1)) + side.pairs(option))
        }
        list.add(token(side.v(2) + side.v(5)), "USE_ALIAS in SETUP", .setupToken)
        list.add(token(side.v(0) + side.v(5)), "DELETE in SETUP", .setupToken)
        list.add(token(side.v(9)), "token of alias type 9 in SETUP", .setupToken, .closed(0x6))
        list.add(token([]), "token of no bytes in SETUP", .setupToken, .closed(0x6))
        list.add(
            token(side.v(1) + side.v(5) + side.v(0) + Array(repeating: 1, count: 200)),
            "REGISTER beyond the cache in SETUP: taken as a plain value", .setupToken, .tolerated)
    }
}
