/// What a stream is, unless it belongs to the session: those are in a table of their own.
enum HTTP3StreamState {
    /// Its first bytes, which say what it is, have not all come.
    case prefix(StreamPrefixParser)
    case control(ControlStreamReader)
    case qpackEncoder
    case qpackDecoder
    /// A server reads a request's header section.
    case request(MessageReader)
    /// A CONNECT that a server answers as soon as it has the client's SETTINGS.
    case held(HeldConnect)
    /// A client reads the answer to its CONNECT.
    case response(MessageReader)
    /// The CONNECT stream of a session that was established, its end included.
    case connect(ConnectStream)
    /// A WebTransport stream whose session is not yet known; its bytes are in `EarlyArrivals`.
    case early
    /// Whatever else comes is thrown away.
    case discarded

    struct ConnectStream {
        var reader: MessageReader
        var capsules = CapsuleParser()
    }

    struct HeldConnect {
        var reader: MessageReader
        let request: ConnectRequest
        var bytes: [UInt8] = []
        var fin = false
    }
}
