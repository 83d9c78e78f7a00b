extension ClientConfiguration {
    /// Where it leads, to tell two places apart.
    var place: String { "\(carrier) \(host):\(port)\(path)" }

    /// The same with another place, as GOAWAY's New Session URI names it: `moqt://HOST:PORT/PATH` or
    /// `https://HOST:PORT/PATH` (draft-18 section 10.4). nil: empty, or not to be understood, or the same place.
    public func redirected(to uri: String) -> ClientConfiguration? {
        var rest = uri[...]
        var next = self
        if rest.hasPrefix("moqt://") {
            next.carrier = .quic
            rest.removeFirst(7)
        } else if rest.hasPrefix("https://") {
            next.carrier = .webTransport
            rest.removeFirst(8)
        } else {
            return nil
        }
        if let fragment = rest.firstIndex(of: "#") { rest = rest[..<fragment] }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        let path = String(rest[end...])
        var host = authority
        next.port = 443
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<close]
            let tail = authority[authority.index(after: close)...]
            if tail.hasPrefix(":") {
                guard let port = UInt16(tail.dropFirst()) else { return nil }
                next.port = port
            } else if !tail.isEmpty {
                return nil
            }
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            guard let port = UInt16(authority[authority.index(after: colon)...]) else { return nil }
            next.port = port
        }
        guard !host.isEmpty, next.port > 0,
            host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x40 })
        else { return nil }
        next.host = String(host)
        next.authority = String(authority)
        next.path = path.hasPrefix("/") ? path : "/" + path
        return next
    }
}
