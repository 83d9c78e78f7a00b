import MOQTModel

/// Message parameters: their blocks, and the values that they may have (draft-18 section 10.2).
enum ParameterCases {
    static func list(_ side: Side) -> [MalformedCase] {
        var list = CaseList(side)
        let forms = Forms(side)
        for form in forms.all where form.has("parameters") { block(form, &list) }
        if side.number == 14 {
            fixedFields(forms, &list)
        } else {
            values(forms.subscribe(), &list)
            values(forms.update, &list)
        }
        placement(forms, &list)
        trackProperties(forms, &list)
        return list.cases
    }

    /// Every message with a parameter block.
    private static func block(_ form: Form, _ list: inout CaseList) {
        let side = list.side
        list.add(form.with("parameters", side.v(5)), "counts parameters that are not there", .parameters)
        list.add(
            form.with("parameters", side.v(side.maximum)), "counts the largest number of parameters",
            .parameters)
        list.add(
            form.with("parameters", side.parameters((0x3E, side.v(1)))), "unknown parameter", .parameters,
            side.number <= 15 ? .tolerated : .violation)
        list.add(
            form.with("parameters", side.parameters((0x3F, side.v(9) + [1, 2]))),
            "unknown parameter longer than the message", .parameters)
        list.add(
            form.with("parameters", side.parameters((0x3E, side.v(1)), (0x3E, side.v(2)))),
            "unknown parameter twice", .parameters, side.number <= 15 ? .tolerated : .violation)
        if side.number >= 17 {
            list.add(
                form.with("parameters", side.v(2) + side.v(0x03) + side.b(side.v(3) + [1]) + side.v(.max)),
                "a type beyond 64 bits", .pairs)
        }
    }

    private static func fixedFields(_ forms: Forms, _ list: inout CaseList) {
        let side = list.side
        for form in [forms.subscribe(), forms.trackStatus(), forms.fetch()] {
            list.add(form.with("order", [3]), "group order 3", .order)
            list.add(form.with("order", [255]), "group order 255", .order)
        }
        for form in [forms.publish(), forms.subscribeOK, forms.fetchOK] {
            list.add(form.with("order", [0]), "group order 0 from a publisher", .order)
            list.add(form.with("order", [3]), "group order 3", .order)
        }
        for form in [forms.subscribe(), forms.trackStatus(), forms.publish(), forms.update] {
            list.add(form.with("forward", [2]), "forward 2", .forward)
            list.add(form.with("forward", [255]), "forward 255", .forward)
        }
        for form in [forms.publish(), forms.subscribeOK, forms.requestOK(.trackStatus)] {
            list.add(form.with("largest", [2] + side.location(0, 0)), "content exists 2", .largest)
        }
        for form in [forms.subscribe(), forms.trackStatus()] {
            for type: UInt64 in [0, 5, side.maximum] {
                list.add(form.with("filter", side.v(type)), "filter type \(type)", .filters)
            }
            list.add(
                form.with("filter", side.v(4) + side.location(5, 0) + side.v(4)),
                "filter ends before it starts",
                .filters)
        }
        list.add(
            forms.update.with("range", side.location(4, 9) + side.v(10)),
            "range starts before the subscription",
            .update)
        for end: UInt64 in [11, 0] {
            list.add(
                forms.update.with("range", side.location(5, 0) + side.v(end)),
                "range ends behind the subscription: \(end)", .update)
        }
        list.add(
            forms.update.with("range", side.location(5, 0) + side.v(5)), "range ends before it starts",
            .update)
    }

    /// Values of SUBSCRIBE and its update, drafts with parameters.
    private static func values(_ form: Form, _ list: inout CaseList) {
        let side = list.side
        func set(_ type: UInt64, _ value: [UInt8]) -> Form {
            form.with("parameters", side.parameters((type, value)))
        }
        list.add(set(0x10, side.small(2)), "FORWARD 2", .forward)
        list.add(set(0x10, side.small(255)), "FORWARD 255", .forward)
        if !side.isStreaming {
            list.add(set(0x20, side.v(256)), "SUBSCRIBER_PRIORITY 256", .priority)
            list.add(set(0x10, side.v(side.maximum)), "FORWARD with the largest number", .forward)
        }
        if form.name == "SUBSCRIBE" {
            list.add(set(0x22, side.small(0)), "GROUP_ORDER 0", .order)
            list.add(set(0x22, side.small(3)), "GROUP_ORDER 3", .order)
        }
        list.add(
            set(0x02, side.v(0)), "DELIVERY_TIMEOUT 0", .timeouts,
            side.number == 16 ? .violation : .tolerated)
        if side.number <= 19 { typedFilters(side, set, &list) }
        list.add(
            form.with("parameters", side.parameters((0x10, side.small(1)), (0x10, side.small(1)))),
            "FORWARD twice", .parameters)
        list.add(
            form.with("parameters", side.parameters((0x02, side.v(5)), (0x02, side.v(5)))),
            "DELIVERY_TIMEOUT twice", .parameters)
    }

    /// Location filters that begin with their type.
    private static func typedFilters(
        _ side: Side, _ set: (UInt64, [UInt8]) -> Form, _ list: inout CaseList
    ) {
        for type: UInt64 in [0, 5, side.maximum] {
            list.add(set(0x21, side.b(side.v(type))), "filter type \(type)", .filters)
        }
        list.add(set(0x21, side.b([UInt8]())), "filter of no bytes", .filters)
        list.add(set(0x21, side.b(side.v(2) + [0])), "filter longer than its fields", .filters)
        list.add(set(0x21, side.b(side.v(3) + side.v(1))), "filter shorter than its fields", .filters)
        if side.isStreaming {
            list.add(
                set(0x21, side.b(side.v(4) + side.location(1, 0) + side.v(.max))),
                "filter ends beyond 64 bits",
                .filters)
        } else {
            list.add(
                set(0x21, side.b(side.v(4) + side.location(5, 0) + side.v(4))),
                "filter ends before it starts",
                .filters)
        }
    }

    /// A known parameter in a message that does not define it: ignored up to draft 16, fatal in typed blocks.
    private static func placement(_ forms: Forms, _ list: inout CaseList) {
        let side = list.side
        guard side.number >= 15 else {
            for (name, type): (String, UInt64) in [("DELIVERY_TIMEOUT", 0x02), ("MAX_CACHE_DURATION", 0x04)] {
                list.add(
                    forms.publishNamespace().with("parameters", side.parameters((type, side.v(1)))),
                    "carries \(name): ignored", .parameters, .tolerated)
            }
            return
        }
        let misplaced: [(Form, String, UInt64, [UInt8])] = [
            (forms.subscribe(), "EXPIRES", 0x08, side.v(1)),
            (forms.fetch(), "FORWARD", 0x10, side.small(1)),
            (forms.publishNamespace(), "SUBSCRIBER_PRIORITY", 0x20, side.small(1)),
            (forms.publishNamespace(), "EXPIRES", 0x08, side.v(1)),
            (forms.fetchOK, "EXPIRES", 0x08, side.v(1)),
            (forms.subscribeOK, "FORWARD", 0x10, side.small(1)),
            (forms.trackStatus(), "NEW_GROUP_REQUEST", 0x32, side.v(1)),
            (forms.subscribeNamespace(), "SUBSCRIBER_PRIORITY", 0x20, side.small(1)),
        ]
        for (form, name, type, value) in misplaced {
            list.add(
                form.with("parameters", side.parameters((type, value))), "carries \(name)", .parameters,
                side.isStreaming ? .violation : .tolerated)
        }
        let largest: [(String, [UInt8])] = [
            ("cut short", side.isStreaming ? side.v(1) : side.b(side.v(1))),
            ("of no bytes", side.isStreaming ? [] : side.b([UInt8]())),
        ]
        for (what, value) in largest {
            list.add(
                forms.subscribeOK.with("parameters", side.parameters((0x09, value))),
                "LARGEST_OBJECT \(what)", .largest)
        }
        if !side.isStreaming {
            list.add(
                forms.subscribeOK.with(
                    "parameters", side.parameters((0x09, side.b(side.location(1, 2) + [0])))),
                "LARGEST_OBJECT longer than a location", .largest)
        }
    }

    private static func trackProperties(_ forms: Forms, _ list: inout CaseList) {
        let side = list.side
        guard side.number >= 16 else { return }
        for form in [forms.publish(), forms.subscribeOK, forms.fetchOK] {
            func properties(_ type: UInt64, _ value: [UInt8]) -> Form {
                var form = form
                form.fields.append(("properties", side.v(type) + value))
                return form
            }
            list.add(properties(0x0E, side.v(256)), "DEFAULT_PUBLISHER_PRIORITY 256", .trackProperties)
            list.add(properties(0x22, side.v(0)), "DEFAULT_PUBLISHER_GROUP_ORDER 0", .trackProperties)
            list.add(properties(0x22, side.v(3)), "DEFAULT_PUBLISHER_GROUP_ORDER 3", .trackProperties)
            list.add(properties(0x30, side.v(2)), "DYNAMIC_GROUPS 2", .trackProperties)
            list.add(
                properties(0x02, side.v(0)), "DELIVERY_TIMEOUT 0", .trackProperties,
                side.number == 16 ? .violation : .tolerated)
            list.add(properties(0x0B, side.v(9) + [1]), "a property longer than the message", .pairs)
            list.add(
                properties(0x7D, side.b([1])), "an unknown property: carried", .trackProperties, .tolerated)
        }
    }
}
