import MOQTModel

/// Rules that hold for every control message: it is exactly as long as it says, its type is known, and it
/// stands where its type may stand.
enum FramingCases {
    static func list(_ side: Side) -> [MalformedCase] {
        var list = CaseList(side)
        let forms = Forms(side)
        for form in forms.all + [forms.setup] {
            short(form, &list)
            long(form, &list)
        }
        for form in forms.all where form.before == .setup {
            if !side.isStreaming, form.place == .control {
                list.add(
                    form.name, "comes before SETUP", .initialization, .nothing, .control,
                    [form.frame(side)])
            }
        }
        misplaced(forms, &list)
        unknown(&list)
        return list.cases
    }

    /// The last byte is missing and the length says so.
    private static func short(_ form: Form, _ list: inout CaseList) {
        let side = list.side
        // The figure has brackets around draft 18's request id: a GOAWAY without it is taken.
        if form.name == "GOAWAY", side.number == 18 {
            return list.add(
                form.with("request", []), "has no request id: tolerated, the figure brackets it", .goAway,
                .tolerated)
        }
        let frame = Form.frame(side, form.type, form.body.dropLast())
        list.add(
            form.name, "ends before its last field does", .framing, form.before, form.place, [frame])
    }

    private static func long(_ form: Form, _ list: inout CaseList) {
        let frame = Form.frame(list.side, form.type, form.body + [0])
        list.add(
            form.name, "goes on after its last field", .framing, form.before, form.place, [frame])
    }

    private static func misplaced(_ forms: Forms, _ list: inout CaseList) {
        let side = list.side
        if side.isStreaming {
            for form in forms.requests {
                list.add(form.at(.control), "on the control stream", .initialization)
            }
            for form in forms.answers + [forms.update] + forms.notifications {
                list.add(form.at(.control, before: .setup), "on the control stream", .initialization)
                list.add(
                    form.at(.bidirectional, before: .setup), "begins a request stream", .initialization)
            }
            list.add(forms.goAway.at(.bidirectional), "begins a request stream", .initialization)
            for form in forms.requests {
                list.add(
                    form.name, "is the second request of one stream", .initialization,
                    .requested(.subscribe), .requestStream, [form.frame(side)])
            }
        } else if side.role == .server {
            for form in forms.requests where form.place == .control {
                list.add(form.at(.bidirectional), "on a second bidirectional stream", .initialization)
            }
            list.add(forms.goAway.at(.bidirectional), "on a second bidirectional stream", .initialization)
        }
    }

    private static func unknown(_ list: inout CaseList) {
        let side = list.side
        for type: UInt64 in [0x01, 0x3F, 0x40, 0x41, 0x3FFF, side.maximum] {
            list.add(
                "control stream", "unknown message type 0x\(String(type, radix: 16))", .framing, .setup,
                .control, [Form.frame(side, type, [0, 0])])
        }
        if side.isStreaming {
            list.add(
                "request stream", "begins with an unknown message type", .framing, .setup, .bidirectional,
                [Form.frame(side, 0x3F, [0, 0])])
            list.add(
                "request stream", "goes on with an unknown message type", .framing,
                .requested(.subscribe), .requestStream, [Form.frame(side, 0x3F, [0, 0])])
            list.add(
                "request stream", "ends before its request: abandoned with CANCELLED", .cancelling, .setup,
                .bidirectional, [], fin: true, .stopped(0x1))
        }
        // Messages of other drafts.
        let absent: [(UInt64, String, ClosedRange<Int>)] = [
            (0x50, "SUBSCRIBE_NAMESPACE of later drafts", 14...17), (0x51, "SUBSCRIBE_TRACKS", 14...17),
            (0x11, "SUBSCRIBE_NAMESPACE of older drafts", 18...21), (0xA, "UNSUBSCRIBE", 17...21),
            (0x15, "MAX_REQUEST_ID", 17...21), (0x1A, "REQUESTS_BLOCKED", 17...21),
            (0x1F, "PUBLISH_ERROR", 15...21), (0x19, "FETCH_ERROR", 15...21),
            (0x12, "SUBSCRIBE_NAMESPACE_OK", 15...21), (0x22, "PUBLISH_STATE_NOTIFY", 14...19),
            (0x20, "CLIENT_SETUP", 17...21),
        ]
        for (type, name, drafts) in absent where drafts.contains(side.number) {
            list.add(
                name, "does not exist in this draft", .framing, .setup, .control,
                [Form.frame(side, type, side.v(side.peerID(0)))])
        }
        if side.number == 17 {
            list.add(
                "control stream", "a type in the 7-byte form", .integers, .setup, .control,
                [[0xFC, 0, 0, 0, 0, 0, 0x10, 0, 0]])
        }
        list.add("control stream", "ends", .termination, .setup, .control, [], fin: true)
        if side.isStreaming || side.role == .server {
            list.add(
                "control stream", "ends before SETUP", .termination, .nothing, .control, [], fin: true,
                // Nothing whole was said on a stream that is nothing yet.
                side.isStreaming ? .tolerated : .violation)
        }
    }
}
