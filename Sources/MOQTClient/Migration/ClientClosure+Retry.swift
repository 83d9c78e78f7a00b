extension ClientClosure {
    /// Whether the same attempt may succeed a moment later: a relay that is restarted, overloaded or out of reach,
    /// but not one that does not want us.
    public var mayPass: Bool {
        switch self {
        case .unreachable, .idleTimeout, .transport: true
        case .refused(let status): status >= 500
        // NO_ERROR, INTERNAL_ERROR, GOAWAY_TIMEOUT: the same numbers in every draft (draft-18 section 3.4).
        case .closedByPeer(let code, _): code == 0x0 || code == 0x1 || code == 0x10
        case .local, .protocolError, .handshakeFailed: false
        }
    }
}
