import MOQTModel

/// GOAWAY, and what stands below a prefix (draft-18 sections 10.4, 10.16, 10.17, 10.18).
enum NamespaceCases {
    static func list(_ side: Side) -> [MalformedCase] {
        var list = CaseList(side)
        let forms = Forms(side)
        goAway(forms, &list)
        if side.number == 16 || side.number == 17 {
            for value: UInt64 in [3, 200] {
                list.add(
                    forms.subscribeNamespace().with("options", side.v(value)), "subscribe options \(value)",
                    .subscribeNamespace)
            }
        }
        for form in forms.namespaceMessages {
            let field = "suffix"
            list.add(
                form.with(field, side.ns(Array(repeating: [0x61], count: 32))),
                "prefix and suffix of 33 fields", .names,
                form.name == "NAMESPACE" ? .violation : .tolerated)
            if side.isStreaming {
                list.add(
                    form.at(.requestStream, before: .asked(.subscribeNamespace)), "before the answer",
                    .subscribeNamespace)
            }
            list.add(form.at(.control, before: .setup), "on the control stream", .subscribeNamespace)
            list.add(
                form.at(.requestStream, before: .requested(.subscribeNamespace)),
                "from the subscriber of the prefix", .subscribeNamespace)
        }
        if side.number >= 16 {
            let done = Form(
                name: "NAMESPACE_DONE", type: 0xE, fields: [("suffix", side.ns("room"))],
                place: .requestStream, before: .granted(.subscribeNamespace))
            list.add(done, "before NAMESPACE", .namespaces)
            let namespace = forms.namespaceMessages[0].frame(side)
            list.add(
                done.name, "twice", .namespaces, done.before, .requestStream,
                [namespace, done.frame(side), done.frame(side)])
            list.add(
                "NAMESPACE", "twice for one namespace: tolerated", .namespaces, done.before, .requestStream,
                [namespace, namespace], .tolerated)
        }
        return list.cases
    }

    private static func goAway(_ forms: Forms, _ list: inout CaseList) {
        let side = list.side
        let form = forms.goAway
        list.add(
            form.name, "twice", .goAway, .setup, .control, [form.frame(side), form.frame(side)])
        list.add(
            form.with("uri", side.b(Array(repeating: 0x61, count: 8193))), "URI of 8193 bytes", .goAway)
        list.add(form.with("uri", side.v(500) + [1]), "URI longer than the message", .goAway)
        if side.role == .server {
            list.add(form.with("uri", side.b("moqt://x")), "URI from a client", .goAway)
        }
        if side.number == 18 {
            list.add(
                form.with("request", side.v(side.peerID(0))), "names a request of its sender", .goAway,
                .closed(0x4))
        }
        if side.isStreaming, side.number >= 18 {
            var onRequest = form
            onRequest.fields.removeAll { $0.name == "request" }
            let frame = onRequest.frame(side)
            list.add(
                form.name, "twice on one request stream", .goAway, .granted(.subscribe), .requestStream,
                [frame, frame])
            list.add(
                form.name, "once on a request stream: allowed", .goAway, .granted(.subscribe), .requestStream,
                [frame], .tolerated)
        } else if side.isStreaming {
            list.add(form.at(.requestStream, before: .granted(.subscribe)), "on a request stream", .goAway)
        }
    }
}
