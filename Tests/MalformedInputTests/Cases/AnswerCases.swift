import MOQTModel

/// Answers, and what may follow them (draft-18 sections 10.5, 10.6, 10.8, 10.11, 10.13).
enum AnswerCases {
    static func list(_ side: Side) -> [MalformedCase] {
        var list = CaseList(side)
        let forms = Forms(side)
        for form in forms.answers {
            if form.has("reason") { reason(form, &list) }
            if form.has("id") {
                let isDone = form.name == "PUBLISH_DONE"
                list.add(
                    form.with("id", side.v(side.ownID(50))), "to a request that was never made", .requestID)
                // A late PUBLISH_DONE may name a request of either side that is gone.
                list.add(
                    form.with("id", side.v(side.peerID(50))), "to a request of its sender's",
                    isDone ? .publishDone : .requestID)
            }
            if form.name != "PUBLISH_DONE" {
                list.add(
                    form.name, "twice", .requestID, form.before, form.place,
                    [form.frame(side), form.frame(side)], opaque: ends(form), twice(form))
            }
        }
        kinds(forms, &list)
        list.add(
            forms.publishDone.at(forms.publishDone.place, before: .asked(.subscribe)), "before SUBSCRIBE_OK",
            .publishDone)
        list.add(forms.fetchOK.with("end of track", [2]), "end of track 2", .fetchOK)
        list.add(forms.fetchOK.with("end of track", [255]), "end of track 255", .fetchOK)
        if side.number >= 18 { newer(forms, &list) }
        list.add(
            forms.fetchOK.with("end", side.location(0, 9)), "ends before the range begins", .fetchOK)
        aliases(forms, &list)
        return list.cases
    }

    /// After an error, and after the answer that ends a request, a second one is late; after a yes it is
    /// wrong.
    private static func twice(_ form: Form) -> Outcome { ends(form) ? .tolerated : .violation }
    private static func ends(_ form: Form) -> Bool {
        form.name.hasSuffix("ERROR") || form.name == "TRACK_STATUS_OK"
    }

    private static func reason(_ form: Form, _ list: inout CaseList) {
        let side = list.side
        list.add(
            form.with("reason", side.b(Array(repeating: 0x61, count: 1025))), "reason of 1025 bytes", .reasons
        )
        list.add(
            form.with("reason", side.b(Array(repeating: 0x61, count: 1024))),
            "reason of 1024 bytes: allowed", .reasons, .tolerated)
        list.add(form.with("reason", side.v(900) + [0x61]), "reason longer than the message", .reasons)
        list.add(
            form.with("reason", side.b([0xFF, 0xFE, 0x0A, 0x1B])),
            "reason that is no UTF-8: tolerated, repaired", .reasons, .tolerated)
        if form.has("code") {
            list.add(
                form.with("code", side.v(side.maximum)), "an unknown error code: tolerated", .requestError,
                .tolerated)
        }
        if form.has("status") {
            list.add(
                form.with("status", side.v(0x3E)), "an unknown status: tolerated", .publishDone, .tolerated)
            list.add(
                form.with("count", side.v(side.maximum)), "the largest stream count: tolerated", .publishDone,
                .tolerated)
        }
    }

    /// The right form for another request.
    private static func kinds(_ forms: Forms, _ list: inout CaseList) {
        let side = list.side
        let crossings: [(Form, RequestKind)] = [
            (forms.subscribeOK, .fetch), (forms.subscribeOK, .publishNamespace), (forms.fetchOK, .subscribe),
            (forms.fetchOK, .publishNamespace), (forms.subscribeOK, .trackStatus),
            (forms.fetchOK, .publish), (forms.requestOK(.publishNamespace), .subscribe),
            (forms.requestOK(.publishNamespace), .fetch),
        ]
        for (form, kind) in crossings {
            list.add(form.at(form.place, before: .asked(kind)), "answers a \(kind)", .requestID)
        }
        if let publishOK = forms.publishOK {
            list.add(
                publishOK.at(publishOK.place, before: .asked(.subscribe)), "answers a SUBSCRIBE", .requestID)
        }
        guard side.isStreaming else { return }
        list.add(
            forms.update.at(.requestStream, before: .requested(.trackStatus)), "of a TRACK_STATUS", .update)
        list.add(
            forms.update.at(.requestStream, before: .granted(.subscribe)), "of a SUBSCRIBE of ours", .update)
        for form in [forms.update, forms.publishDone] + forms.notifications {
            list.add(
                form.at(form.place, before: .asked(.fetch)), "comes before the answer", .initialization)
        }
    }

    private static func newer(_ forms: Forms, _ list: inout CaseList) {
        let side = list.side
        var ok = forms.requestOK(.publishNamespace)
        ok.fields.append(("properties", side.v(0x04) + side.v(1)))
        list.add(ok, "track properties outside the answer to a TRACK_STATUS", .requestOK)
        ok = forms.requestOK(.trackStatus)
        ok.fields.append(("properties", side.v(0x04) + side.v(1)))
        list.add(ok, "track properties in the answer to a TRACK_STATUS: allowed", .requestOK, .tolerated)
        var redirect = forms.requestError(.subscribe).with("code", side.v(0x34))
        list.add(redirect, "REDIRECT without its fields", .redirect)
        redirect.fields.append(("redirect", side.b("moqt://c") + side.v(0) + side.b("")))
        list.add(
            redirect, side.role == .server ? "REDIRECT with a URI from a client" : "REDIRECT with a URI",
            .redirect, side.role == .server ? .violation : .tolerated)
        redirect.fields[redirect.fields.count - 1].bytes =
            side.b(Array(repeating: 0x61, count: 8193)) + side.v(0) + side.b("")
        list.add(redirect, "REDIRECT with a URI of 8193 bytes", .redirect)
    }

    private static func aliases(_ forms: Forms, _ list: inout CaseList) {
        let side = list.side
        let duplicate = Outcome.closed(0x5)
        let second = forms.publish(alias: 7).with("name", side.b("other"))
        list.add(
            second.at(second.place, before: .granted(.subscribe)), "alias of another track", .trackAlias,
            duplicate)
        let after = forms.publish(1).with("name", side.b("other"))
        list.add(
            after.at(after.place, before: .requested(.publish)), "alias of the peer's other PUBLISH",
            .trackAlias, duplicate)
        let same = forms.subscribe(1)
        let outcome: Outcome = 16...18 ~= side.number && side.isStreaming ? .refused(0x19) : .tolerated
        // A cancellation of the first may still be under way, so the refusal takes 100 ms.
        list.add(
            same.name, "a second one for the track (on one control stream tolerated: peers repeat them)",
            .subscriptions, .requested(.subscribe), same.place, [same.frame(side)], wait: 150, outcome)
    }
}
