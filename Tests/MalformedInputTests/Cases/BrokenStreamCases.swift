import MOQTModel

/// RESET_STREAM and STOP_SENDING on every kind of stream (draft-19 sections 3.3, 3.3.3 and 11.4.1): which ones end
/// the session, which ones a request, and which ones nothing.
enum BrokenStreamCases {
    static func list(_ side: Side) -> [MalformedCase] {
        var list = CaseList(side)
        // CANCELLED, INTERNAL_ERROR, a number without a meaning, a code that is not the application's.
        for code: UInt64? in [0x1, 0x0, 0x3FF, nil] {
            let what = code.map { "0x" + String($0, radix: 16) } ?? "no application's code"
            control(code, what, &list)
            peersRequests(code, what, &list)
            ourRequests(code, what, &list)
            data(code, what, &list)
        }
        return list.cases
    }

    private static func control(_ code: UInt64?, _ what: String, _ list: inout CaseList) {
        let side = list.side
        list.add(.reset(code), "of the control stream, \(what)", .termination, .setup, .control, .violation)
        let own: Place = side.isStreaming ? .ownControl : .control
        list.add(
            .stop(code), "of the session's control stream, \(what)", .termination, .setup, own, .violation)
        guard side.isStreaming else { return }
        // Until its type is there it is no control stream yet.
        let setup = Forms(side).setup.frame(side)
        list.add(
            .reset(code), "of a stream inside its type, \(what)", .termination, .nothing, .unidirectional,
            after: Array(setup.prefix(1)), .tolerated)
        list.add(
            .reset(code), "of the control stream behind its type, \(what)", .termination, .nothing,
            .unidirectional, after: Array(setup.prefix(2)), .violation)
    }

    /// The peer's requests that have streams of their own.
    private static func peersRequests(_ code: UInt64?, _ what: String, _ list: inout CaseList) {
        let side = list.side
        for form in Forms(side).requests where form.place == .bidirectional {
            let bytes = form.frame(side)
            list.add(
                .reset(code), "of \(form.name): withdrawn, \(what)", .cancelling, .setup, .bidirectional,
                after: bytes,
                early: .stopped(0x1), .stopped(0x1))
            // The publisher goes on without the answers; whoever only asks has nothing left to hear.
            let livesOn = form.name.hasPrefix("PUBLISH")
            list.add(
                .stop(code), "of the answers to \(form.name), \(what)", .cancelling, .setup, .bidirectional,
                after: bytes, livesOn ? .tolerated : .stopped(0x1))
        }
    }

    /// Ours, before and after they were granted.
    private static func ourRequests(_ code: UInt64?, _ what: String, _ list: inout CaseList) {
        let side = list.side
        var kinds: [RequestKind] = [.subscribeNamespace]
        if side.isStreaming { kinds += [.subscribe, .publish, .fetch, .publishNamespace] }
        guard side.number >= 16 else { return }
        for kind in kinds {
            list.add(
                .reset(code), "of the answer to our \(kind): refused, \(what)", .cancelling, .asked(kind),
                .requestStream, .tolerated)
            list.add(
                .reset(code), "of our granted \(kind): over, \(what)", .cancelling, .granted(kind),
                .requestStream, .stopped(0x1))
            list.add(
                .stop(code), "of our granted \(kind), \(what)", .cancelling, .granted(kind), .requestStream,
                kind == .publish ? .stopped(0x1) : .tolerated)
        }
        if side.isStreaming {
            list.add(
                .reset(code), "of the answer to our trackStatus: refused, \(what)", .cancelling,
                .asked(.trackStatus), .requestStream, .tolerated)
        }
    }

    private static func data(_ code: UInt64?, _ what: String, _ list: inout CaseList) {
        let side = list.side
        let subgroup = SubgroupCases.header(side) + SubgroupCases.object(side)
        list.add(
            .reset(code), "of a subgroup, anywhere, \(what)", .closing, .granted(.subscribe), .unidirectional,
            after: subgroup, .tolerated)
        list.add(
            .reset(code), "of a subgroup without a subscription, \(what)", .closing, .setup, .unidirectional,
            after: SubgroupCases.header(side, alias: 99) + SubgroupCases.object(side), .tolerated)
        list.add(
            .reset(code), "of a FETCH stream inside its header, \(what)", .fetchStreams, .granted(.fetch),
            .unidirectional, after: side.v(0x05) + side.v(side.ownID(0)), .tolerated)
        list.add(
            .reset(code), "of a FETCH stream inside an object, \(what)", .fetchStreams, .granted(.fetch),
            .unidirectional, after: side.v(0x05) + side.v(side.ownID(0)) + [0x1C, 4], .tolerated)
        if side.number >= 18 {
            list.add(
                .reset(code), "of padding, \(what)", .padding, .setup, .unidirectional,
                after: side.v(0x132B_3E28) + [0, 0, 0], .tolerated)
        }
        // The transport tells the session of every stream; streams of objects are not its own.
        list.add(
            .stop(code), "of a subgroup of ours, \(what)", .cancelling, .requested(.subscribe),
            .unidirectional,
            .tolerated)
    }
}
