/// What a client reads from the answer to its CONNECT.
struct ConnectResponse: Equatable {
    /// 100...599.
    let status: Int
    /// The value of `WT-Protocol`; nil when the field is absent or to be ignored.
    let chosen: String?

    var isInterim: Bool { status < 200 }
    var isSuccess: Bool { status >= 200 && status < 300 }

    /// Throws with stream scope what is malformed.
    init(_ lines: [HTTPField]) throws(HTTP3Failure) {
        let message = try HTTPMessage(lines, isRequest: false)
        guard let text = message.pseudo[":status"], text.utf8.count == 3, let status = Int(text),
            status >= 100,
            status < 600
        else { throw .stream(.messageError, "a response without a status") }
        self.status = status
        chosen = message.value(ConnectRequest.protocolField).flatMap(ProtocolList.parseItem)
    }
}
