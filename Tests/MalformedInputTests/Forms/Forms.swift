import MOQTModel

/// Every message of a draft in one valid shape, written from the draft's figures and not by the encoder.
struct Forms {
    let side: Side

    init(_ side: Side) { self.side = side }

    private var isFixed: Bool { side.number == 14 }
    private var answersHaveID: Bool { side.number <= 16 }
    /// Where a request of the peer's travels.
    private var request: Place { side.isStreaming ? .bidirectional : .control }
    private var reply: Place { side.isStreaming ? .requestStream : .control }

    typealias Field = (name: String, bytes: [UInt8])

    /// A request id; draft 17 adds the distance to a required one.
    private func id(_ n: UInt64) -> [Field] {
        var fields: [Field] = [("id", side.v(side.peerID(n)))]
        if side.number == 17 { fields.append(("required", side.v(0))) }
        return fields
    }
    /// The id in an answer.
    private var answered: [Field] { answersHaveID ? [("id", side.v(side.ownID(0)))] : [] }
    private var none: Field { ("parameters", side.v(0)) }
    private var track: [Field] {
        [("namespace", side.ns("live", "room")), ("name", side.b("video"))]
    }

    // MARK: Session

    /// The peer's SETUP.
    var setup: Form {
        var fields: [Field] = []
        if isFixed {
            let version = side.v(0xFF00_000E)
            fields.append(("versions", side.peer == .client ? side.v(1) + version : version))
        }
        if side.number <= 16 {
            fields.append(("options", side.parameters((0x02, side.v(1000)))))
        } else {
            fields.append(("options", side.pairs([(0x07, side.b("peer"))])))
        }
        let type: UInt64 = side.number >= 17 ? 0x2F00 : side.peer == .client ? 0x20 : 0x21
        return Form(
            name: "SETUP", type: type, fields: fields,
            place: side.number >= 17 ? .unidirectional : .control, before: .nothing)
    }

    var goAway: Form {
        var fields: [Field] = [("uri", side.b(side.role == .client ? "moqt://b.example/x" : ""))]
        if side.number >= 17 { fields.append(("timeout", side.v(500))) }
        if side.number == 18 { fields.append(("request", side.v(side.ownID(0)))) }
        return Form(name: "GOAWAY", type: 0x10, fields: fields, place: .control)
    }

    var credit: [Form] {
        guard side.number <= 16 else { return [] }
        return [
            Form(name: "MAX_REQUEST_ID", type: 0x15, fields: [("limit", side.v(2000))], place: .control),
            Form(name: "REQUESTS_BLOCKED", type: 0x1A, fields: [("limit", side.v(1000))], place: .control),
        ]
    }

    // MARK: Requests of the peer

    /// `n` counts the peer's requests.
    func subscribe(_ n: UInt64 = 0) -> Form { subscription("SUBSCRIBE", 0x3, n) }
    func trackStatus(_ n: UInt64 = 0) -> Form { subscription("TRACK_STATUS", 0xD, n) }

    private func subscription(_ name: String, _ type: UInt64, _ n: UInt64) -> Form {
        var fields = id(n) + track
        if isFixed {
            fields += [
                ("priority", [128]), ("order", [0]), ("forward", [1]),
                ("filter", side.v(4) + side.location(5, 0) + side.v(9)),
            ]
        }
        return Form(name: name, type: type, fields: fields + [none], place: request)
    }

    func publish(_ n: UInt64 = 0, alias: UInt64 = 9) -> Form {
        var fields = id(n) + track + [("alias", side.v(alias))]
        if isFixed { fields += [("order", [1]), ("largest", [1] + side.location(3, 4)), ("forward", [1])] }
        return Form(name: "PUBLISH", type: 0x1D, fields: fields + [none], place: request)
    }

    func fetch(_ n: UInt64 = 0) -> Form {
        var fields = id(n)
        if isFixed { fields += [("priority", [128]), ("order", [0])] }
        if side.number >= 20 {
            // The range is a parameter.
            fields += track
        } else {
            fields += [("fetch type", side.v(1))] + track
            fields.append(("range", side.location(0, 0) + side.location(4, 1)))
        }
        fields.append(none)
        return Form(name: "FETCH", type: 0x16, fields: fields, place: request)
    }

    func joiningFetch(_ n: UInt64 = 0) -> Form {
        var fields = id(n)
        if isFixed { fields += [("priority", [128]), ("order", [0])] }
        fields += [("fetch type", side.v(2)), ("range", side.v(side.peerID(0)) + side.v(3)), none]
        return Form(name: "FETCH (joining)", type: 0x16, fields: fields, place: request)
    }

    func publishNamespace(_ n: UInt64 = 0) -> Form {
        Form(
            name: "PUBLISH_NAMESPACE", type: 0x6,
            fields: id(n) + [("namespace", side.ns("live", "room")), none], place: request)
    }

    func subscribeNamespace(_ n: UInt64 = 0) -> Form {
        var fields = id(n) + [("prefix", side.ns("live"))]
        if side.number == 16 || side.number == 17 { fields.append(("options", side.v(2))) }
        return Form(
            name: "SUBSCRIBE_NAMESPACE", type: side.number >= 18 ? 0x50 : 0x11, fields: fields + [none],
            place: side.number >= 16 ? .bidirectional : .control)
    }

    func subscribeTracks(_ n: UInt64 = 0) -> Form {
        Form(
            name: "SUBSCRIBE_TRACKS", type: 0x51, fields: id(n) + [("prefix", side.ns("live")), none],
            place: .bidirectional)
    }

    var requests: [Form] {
        var all = [
            subscribe(), trackStatus(), publish(), fetch(), publishNamespace(), subscribeNamespace(),
        ]
        if side.number <= 19 { all.append(joiningFetch()) }
        if side.number >= 18 { all.append(subscribeTracks()) }
        return all
    }

    /// Of the peer's SUBSCRIBE.
    var update: Form {
        var fields = id(1)
        if answersHaveID { fields.append(("existing", side.v(side.peerID(0)))) }
        if isFixed {
            fields += [
                ("range", side.location(5, 0) + side.v(10)), ("priority", [1]), ("forward", [1]),
            ]
        }
        return Form(
            name: side.number <= 15 ? "SUBSCRIBE_UPDATE" : "REQUEST_UPDATE", type: 0x2,
            fields: fields + [none], place: reply, before: .requested(.subscribe))
    }

    // MARK: Answers to us

    var subscribeOK: Form {
        var fields = answered + [("alias", side.v(7))]
        if isFixed { fields += statement }
        return Form(
            name: "SUBSCRIBE_OK", type: 0x4, fields: fields + [none], place: reply,
            before: .asked(.subscribe))
    }

    private var statement: [Field] {
        [("expires", side.v(0)), ("order", [1]), ("largest", [1] + side.location(3, 4))]
    }

    func requestOK(_ kind: RequestKind) -> Form {
        let place = kind == .subscribeNamespace && side.number == 16 ? Place.requestStream : reply
        guard isFixed else {
            return Form(
                name: "REQUEST_OK", type: 0x7, fields: answered + [none], place: place, before: .asked(kind))
        }
        switch kind {
        case .trackStatus:
            return Form(
                name: "TRACK_STATUS_OK", type: 0xE,
                fields: answered + [("alias", side.v(0))] + statement + [none], place: reply,
                before: .asked(kind))
        case .subscribeNamespace:
            return Form(
                name: "SUBSCRIBE_NAMESPACE_OK", type: 0x12, fields: answered, place: reply,
                before: .asked(kind))
        default:
            return Form(
                name: "PUBLISH_NAMESPACE_OK", type: 0x7, fields: answered, place: reply, before: .asked(kind))
        }
    }

    func requestError(_ kind: RequestKind) -> Form {
        var fields = answered + [("code", side.v(2))]
        if side.number >= 16 { fields.append(("retry", side.v(1))) }
        fields.append(("reason", side.b("no")))
        let types: [RequestKind: (UInt64, String)] = [
            .subscribe: (0x5, "SUBSCRIBE_ERROR"), .trackStatus: (0xF, "TRACK_STATUS_ERROR"),
            .publish: (0x1F, "PUBLISH_ERROR"), .fetch: (0x19, "FETCH_ERROR"),
            .publishNamespace: (0x8, "PUBLISH_NAMESPACE_ERROR"),
            .subscribeNamespace: (0x13, "SUBSCRIBE_NAMESPACE_ERROR"),
        ]
        let (type, name) = isFixed ? types[kind] ?? (0x5, "") : (0x5, "REQUEST_ERROR")
        let place = kind == .subscribeNamespace && side.number == 16 ? Place.requestStream : reply
        return Form(name: name, type: type, fields: fields, place: place, before: .asked(kind))
    }

    var publishOK: Form? {
        guard side.number <= 17 else { return nil }
        var fields = answered
        if isFixed {
            fields += [
                ("forward", [1]), ("priority", [128]), ("order", [1]), ("filter", side.v(2)),
            ]
        }
        return Form(
            name: "PUBLISH_OK", type: 0x1E, fields: fields + [none], place: reply, before: .asked(.publish))
    }

    var publishDone: Form {
        Form(
            name: "PUBLISH_DONE", type: 0xB,
            fields: answered + [("status", side.v(2)), ("count", side.v(1)), ("reason", side.b("end"))],
            place: reply, before: .granted(.subscribe))
    }

    /// What the publisher changed about our SUBSCRIBE.
    var stateNotify: Form {
        Form(
            name: "PUBLISH_STATE_NOTIFY", type: 0x22, fields: [none], place: .requestStream,
            before: .granted(.subscribe))
    }

    var fetchOK: Form {
        var fields = answered
        if isFixed { fields.append(("order", [1])) }
        fields += [("end of track", [0]), ("end", side.location(4, 1)), none]
        return Form(
            name: "FETCH_OK", type: 0x18, fields: fields, place: reply, before: .asked(.fetch))
    }

    var answers: [Form] {
        var all = [subscribeOK, publishDone, fetchOK, requestOK(.publishNamespace), requestError(.subscribe)]
        if let publishOK { all.append(publishOK) }
        if isFixed {
            all += [requestOK(.trackStatus), requestOK(.subscribeNamespace)]
            all += [RequestKind.trackStatus, .publish, .fetch, .publishNamespace, .subscribeNamespace].map(
                requestError)
        }
        return all
    }

    // MARK: Ends

    var cancellations: [Form] {
        guard side.number <= 16 else { return [] }
        var all = [
            Form(
                name: "UNSUBSCRIBE", type: 0xA, fields: [("id", side.v(side.peerID(0)))], place: .control,
                before: .requested(.subscribe)),
            Form(
                name: "FETCH_CANCEL", type: 0x17, fields: [("id", side.v(side.peerID(0)))], place: .control,
                before: .requested(.fetch)),
        ]
        let named: (Bool) -> Field = { isOurs in
            side.number <= 15
                ? ("namespace", side.ns("live", "room"))
                : ("id", side.v(isOurs ? side.ownID(0) : side.peerID(0)))
        }
        all.append(
            Form(
                name: "PUBLISH_NAMESPACE_DONE", type: 0x9, fields: [named(false)], place: .control,
                before: .requested(.publishNamespace)))
        all.append(
            Form(
                name: "PUBLISH_NAMESPACE_CANCEL", type: 0xC,
                fields: [named(true), ("code", side.v(1)), ("reason", side.b("no"))], place: .control,
                before: .granted(.publishNamespace)))
        guard side.number <= 15 else { return all }
        all.append(
            Form(
                name: "UNSUBSCRIBE_NAMESPACE", type: 0x14,
                fields: [isFixed ? ("prefix", side.ns("live")) : ("id", side.v(side.peerID(0)))],
                place: .control, before: .requested(.subscribeNamespace)))
        return all
    }

    /// Messages on the answering half of our SUBSCRIBE_NAMESPACE.
    var namespaceMessages: [Form] {
        guard side.number >= 16 else { return [] }
        let before = Before.granted(.subscribeNamespace)
        var all = [
            Form(
                name: "NAMESPACE", type: 0x8, fields: [("suffix", side.ns("room"))], place: .requestStream,
                before: before)
        ]
        if side.number >= 17 {
            all.append(
                Form(
                    name: side.number >= 19 ? "PUBLISH_SKIPPED" : "PUBLISH_BLOCKED", type: 0xF,
                    fields: [("suffix", side.ns("room")), ("name", side.b("video"))], place: .requestStream,
                    before: before))
        }
        return all
    }

    var notifications: [Form] { side.number >= 20 ? [stateNotify] : [] }

    /// Everything but SETUP.
    var all: [Form] {
        [goAway] + credit + requests + [update] + answers + cancellations + namespaceMessages
            + notifications
    }
}
