import MOQTModel

/// What draft 20 says in other forms than its predecessors: location filters without a type, fills, reports of
/// what a publisher changed (sections 10.2.9, 10.2.15, 10.2.21, 10.10).
enum RangeCases {
    static func list(_ side: Side) -> [MalformedCase] {
        var list = CaseList(side)
        guard side.number >= 20 else { return list.cases }
        let forms = Forms(side)
        for form in [forms.subscribe(), forms.fetch(), forms.update] { filters(form, &list) }
        for form in [forms.subscribe(), forms.update] { fills(form, &list) }
        for form in [forms.subscribe(), forms.fetch(), forms.trackStatus()] {
            for value: UInt8 in [2, 255] {
                list.add(
                    parameter(form, 0x35, [value], side), "INCLUDE_PROPERTIES \(value)", .includeProperties)
            }
            list.add(
                parameter(form, 0x35, [0], side), "INCLUDE_PROPERTIES 0: allowed", .includeProperties,
                .tolerated)
        }
        misplaced(forms, &list)
        notify(forms, &list)
        return list.cases
    }

    private static func parameter(_ form: Form, _ type: UInt64, _ value: [UInt8], _ side: Side) -> Form {
        form.with("parameters", side.parameters((type, value)))
    }

    private static func filters(_ form: Form, _ list: inout CaseList) {
        let side = list.side
        let location = side.location(5, 2)
        let broken: [(String, [UInt8])] = [
            ("filter of five fields", location + side.v(3) + side.v(7) + side.v(0)),
            ("filter that ends inside a field", [0x80]),
            ("filter that ends inside its second field", side.v(5) + [0x80]),
            ("filter whose end lies beyond 64 bits", side.location(.max, 0) + side.v(1)),
            ("filter that ends before it starts", location + side.v(0) + side.v(1)),
        ]
        for (what, value) in broken {
            list.add(parameter(form, 0x21, side.b(value), side), what, .filters)
        }
        list.add(
            parameter(form, 0x21, side.v(60_000) + [1], side), "filter longer than the message", .filters)
        list.add(
            form.with("parameters", side.parameters((0x21, side.b(side.v(0))), (0x21, side.b(side.v(0))))),
            "filter twice", .parameters)
        let whole: [(String, [UInt8])] = [
            ("no fields", []), ("one field", side.v(3)), ("two fields", side.location(0, 1)),
            ("three fields", location + side.v(3)), ("four fields", location + side.v(3) + side.v(7)),
        ]
        for (what, value) in whole {
            list.add(
                parameter(form, 0x21, side.b(value), side), "filter of \(what): allowed", .filters, .tolerated
            )
        }
    }

    private static func fills(_ form: Form, _ list: inout CaseList) {
        let side = list.side
        let timeout = side.v(0x0A) + side.v(50)
        let broken: [(String, [UInt8])] = [
            ("counts five parameters", side.v(5)),
            ("counts the largest number of parameters", side.v(side.maximum)),
            ("counts more than there are", side.v(2) + timeout),
            ("counts fewer than there are", side.v(1) + timeout + side.v(0x16) + [1]),
            ("ends inside its count", [0x80]),
            ("holds FORWARD", side.v(1) + side.v(0x10) + [1]),
            ("holds an unknown parameter", side.v(1) + side.v(0x3E) + side.v(1)),
            ("holds FILL_TIMEOUT twice", side.v(2) + timeout + side.v(0) + side.v(1)),
            ("holds GROUP_ORDER 3", side.v(1) + side.v(0x22) + [3]),
            ("holds a filter longer than itself", side.v(1) + side.v(0x21) + side.v(9) + [1]),
            ("holds a filter of five fields", side.v(1) + side.v(0x21) + side.b([1, 0, 0, 0, 0])),
            ("holds a type beyond 64 bits", side.v(2) + timeout + side.v(.max) + [0]),
        ]
        for (what, value) in broken {
            list.add(parameter(form, 0x23, side.b(value), side), "fill that \(what)", .fills)
        }
        list.add(parameter(form, 0x23, side.v(60_000) + [1], side), "fill longer than the message", .fills)
        let every = side.v(3) + timeout + side.v(0x16) + [9] + side.v(2) + [2]
        for (what, value) in [("without parameters", side.v(0)), ("with three parameters", every)] {
            list.add(parameter(form, 0x23, side.b(value), side), "fill \(what): allowed", .fills, .tolerated)
        }
    }

    private static func misplaced(_ forms: Forms, _ list: inout CaseList) {
        let side = list.side
        for form in [forms.fetch(), forms.publish(), forms.publishNamespace(), forms.subscribeOK] {
            list.add(parameter(form, 0x23, side.b(side.v(0)), side), "carries FILL_PARAMETERS", .parameters)
        }
        for form in [forms.publishNamespace(), forms.subscribeOK, forms.publish()] {
            list.add(parameter(form, 0x35, [1], side), "carries INCLUDE_PROPERTIES", .parameters)
        }
        for form in [forms.subscribeOK, forms.fetchOK, forms.requestOK(.publishNamespace)] {
            list.add(parameter(form, 0x21, side.b(side.v(0)), side), "carries a filter", .parameters)
        }
        for (name, type): (String, UInt64) in [("FORWARD", 0x10), ("SUBSCRIBER_PRIORITY", 0x20)] {
            list.add(
                parameter(forms.requestOK(.publish), type, [1], side), "to a PUBLISH carries \(name)",
                .parameters)
        }
    }

    private static func notify(_ forms: Forms, _ list: inout CaseList) {
        let side = list.side
        let form = forms.stateNotify
        for kind in [RequestKind.fetch, .publishNamespace, .subscribeNamespace] {
            list.add(form.at(.requestStream, before: .granted(kind)), "about a \(kind)", .stateNotify)
        }
        list.add(
            form.at(.requestStream, before: .requested(.subscribe)), "from the subscriber", .stateNotify)
        list.add(form.at(.requestStream, before: .asked(.subscribe)), "before SUBSCRIBE_OK", .stateNotify)
        for (name, type): (String, UInt64) in [("SUBSCRIBER_PRIORITY", 0x20), ("GROUP_ORDER", 0x22)] {
            list.add(parameter(form, type, [1], side), "carries \(name)", .parameters)
        }
        list.add(
            form.with(
                "parameters", side.parameters((0x09, side.location(3, 4)), (0x10, [0]))),
            "with what may stand in it: allowed", .stateNotify, .tolerated)
        list.add(parameter(form, 0x10, [2], side), "FORWARD 2", .forward)
    }
}
