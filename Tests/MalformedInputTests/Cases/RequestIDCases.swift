import MOQTModel

/// Request ids and the request credit (draft-18 section 10.1, draft-16 sections 9.1 and 9.5).
enum RequestIDCases {
    static let invalidRequestID = Outcome.closed(0x4)
    static let seven = Outcome.closed(0x7)

    static func list(_ side: Side) -> [MalformedCase] {
        var list = CaseList(side)
        let forms = Forms(side)
        for form in forms.requests {
            list.add(
                form.with("id", side.v(side.ownID(0))), "request id of the other side's parity", .requestID,
                invalidRequestID)
            list.add(
                form.name, "request id used twice", .requestID, .requested(.subscribe), form.place,
                [form.frame(side)], invalidRequestID)
            // Where requests have streams of their own, ids may overtake each other; so they may in draft 16,
            // whose SUBSCRIBE_NAMESPACE travels alone.
            list.add(
                form.with("id", side.v(side.peerID(3))), "request id leaves a gap", .requestID,
                side.number <= 15 ? invalidRequestID : .tolerated)
            if side.number <= 16 {
                list.add(
                    form.with("id", side.v(side.peerID(1000))), "request id beyond MAX_REQUEST_ID",
                    .credit, seven)
            }
            if side.number == 17 {
                list.add(
                    form.with("required", side.v(1)), "required request before the first", .requiredID, seven)
                list.add(
                    form.with("required", side.v(.max)), "required request beyond 64 bits", .requiredID,
                    seven)
            }
        }
        let update = forms.update
        list.add(
            update.with("id", side.v(side.ownID(0))), "request id of the other side's parity", .requestID,
            invalidRequestID)
        list.add(
            update.with("id", side.v(side.peerID(0))), "request id used twice", .requestID, invalidRequestID)
        if update.has("existing") {
            list.add(
                update.with("existing", side.v(side.ownID(40))), "of a request that we never made", .update)
            list.add(
                update.with("existing", side.v(side.peerID(40))), "of a request that was never made", .update)
            list.add(update.with("existing", side.v(side.peerID(1))), "of itself", .update)
            credit(&list, forms)
        }
        return list.cases
    }

    private static func credit(_ list: inout CaseList, _ forms: Forms) {
        let side = list.side
        guard let maximum = forms.credit.first else { return }
        list.add(maximum.with("limit", side.v(1000)), "does not grow", .credit)
        list.add(maximum.with("limit", side.v(0)), "shrinks to 0", .credit)
        list.add(
            maximum.with("limit", side.v(side.maximum)), "the largest number: allowed", .credit, .tolerated)
        for form in forms.cancellations where form.has("id") {
            if form.name == "UNSUBSCRIBE" || form.name == "FETCH_CANCEL" {
                list.add(
                    form.with("id", side.v(side.peerID(70))), "of a request that was never made",
                    .cancelling)
                list.add(
                    form.at(.control, before: .requested(.publishNamespace)), "of a request of another kind",
                    .cancelling)
            } else {
                list.add(
                    form.with("id", side.v(side.peerID(70))),
                    "of a request that was never made: taken as late", .cancelling, .tolerated)
            }
        }
    }
}
