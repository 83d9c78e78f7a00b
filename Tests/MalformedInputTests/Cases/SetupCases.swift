import MOQTModel

/// SETUP, CLIENT_SETUP, SERVER_SETUP (draft-18 section 10.3).
enum SetupCases {
    static func list(_ side: Side) -> [MalformedCase] {
        var list = CaseList(side)
        let form = Forms(side).setup
        let isServer = side.role == .server
        func options(_ list: [(type: UInt64, value: [UInt8])]) -> Form {
            form.with("options", (side.isStreaming ? [] : side.v(UInt64(list.count))) + side.pairs(list))
        }
        list.add(
            form.name, "twice", .initialization, .setup, .control, [form.frame(side)])
        list.add(
            form.name, "on a second control stream", .initialization, .setup,
            side.isStreaming ? .unidirectional : .control, [form.frame(side)])
        if side.isStreaming {
            list.add(
                form.name, "on a request stream", .initialization, .setup, .bidirectional,
                [form.frame(side)])
        } else {
            let wrong: UInt64 = isServer ? 0x21 : 0x20
            var other = form
            other.type = wrong
            if side.number != 14 { list.add(other, "of the other side's type", .initialization) }
        }
        path(form, options, &list)
        list.add(
            options([(0x04, side.v(1)), (0x04, side.v(2))]), "MAX_AUTH_TOKEN_CACHE_SIZE twice", .setup)
        list.add(options([(0x07, side.v(60) + [1])]), "an option longer than the message", .pairs)
        list.add(options([(0x08 + 0x70, side.v(1))]), "an unknown option: ignored", .setup, .tolerated)
        list.add(
            options([(0x78, side.v(1)), (0x78, side.v(2))]), "an unknown option twice: ignored", .setup,
            .tolerated)
        list.add(
            options([(0x9D, side.b([1, 2])), (0x9D, side.b([])), (0x11C, side.v(5))]),
            "GREASE options: ignored", .grease, .tolerated)
        list.add(options([]), "without options: allowed", .setup, .tolerated)
        if side.number <= 16 {
            list.add(
                form.with("options", side.v(3) + side.v(2) + side.v(5)), "counts options that are not there",
                .setup)
            list.add(
                form.with("options", side.v(side.maximum)), "counts the largest number of options", .setup)
            list.add(
                options([(0x02, side.v(5)), (0x02, side.v(6))]), "MAX_REQUEST_ID twice", .setup)
        } else {
            list.add(
                options([(0x07, side.b("a")), (0x07, side.b("b"))]), "MOQT_IMPLEMENTATION twice", .setup)
            list.add(
                form.with("options", side.v(.max) + side.b([1]) + side.v(2)), "a type beyond 64 bits", .pairs)
        }
        if side.number == 14 {
            let unknown = side.v(0xFF00_0001)
            list.add(
                form.with("versions", isServer ? side.v(1) + unknown : unknown), "no version of ours",
                .versions,
                .closed(0x15))
            if isServer {
                list.add(form.with("versions", side.v(0)), "an offer of no version", .versions)
                list.add(
                    form.with("versions", side.v(side.maximum)), "counts the largest number of versions",
                    .versions)
            }
        }
        return list.cases
    }

    private static func path(
        _ form: Form, _ options: ([(type: UInt64, value: [UInt8])]) -> Form, _ list: inout CaseList
    ) {
        let side = list.side
        guard side.role == .server else {
            list.add(options([(0x01, side.b("/a"))]), "PATH from a server", .path, .closed(0x8))
            // Draft 14 gives AUTHORITY and MOQT_IMPLEMENTATION the same number: not fatal there.
            list.add(
                options([(0x05, side.b("a"))]), "AUTHORITY from a server", .authority,
                side.number == 14 ? .tolerated : .closed(0x19))
            return
        }
        for (path, what) in [
            ("a", "without a slash"), ("/a b", "with a space"), ("/%zz", "with a broken escape"),
        ] {
            list.add(options([(0x01, side.b(path))]), "PATH \(what)", .path, .closed(0x9))
        }
        list.add(options([(0x01, side.b([0x2F, 0xFF]))]), "PATH that is not ASCII", .path, .closed(0x9))
        list.add(
            options([(0x05, side.b("a b"))]), "AUTHORITY with a space", .authority, .closed(0x1A))
        list.add(
            options([(0x05, side.b("a/b"))]), "AUTHORITY with a slash", .authority, .closed(0x1A))
        list.add(
            options([(0x01, side.b("/a")), (0x01, side.b("/b"))]), "PATH twice", .path)
    }
}
