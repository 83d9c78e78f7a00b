import Containers
import TransportInterface

// Outgoing connections.
extension QUICEndpoint {
    /// Starts a connection; the outcome arrives at the connection's delegate, which the caller sets at once.
    /// `serverName` goes into SNI (unless it is an address) and is what the certificate is checked against.
    /// Throws only for what is wrong here: no route, no authorities.
    public func connect(
        to address: SocketAddress, serverName: String, configuration: QUICConfiguration
    ) throws(TransportError) -> QUICConnection {
        let connection = try makeClient(serverName, configuration, address)
        try connection.beginClient(address, tls: try clientTLS(configuration))
        return connection
    }

    /// Resolves `host` off the loop and tries its addresses in the system's order: the next one when an address
    /// is refused, or silent for a second while others are left.
    public func connect(
        toHost host: String, port: UInt16, configuration: QUICConfiguration
    ) throws(TransportError) -> QUICConnection {
        if let address = SocketAddress(host, port: port) {
            return try connect(to: address, serverName: address.host, configuration: configuration)
        }
        let connection = try makeClient(host, configuration, .any(port: port))
        _ = try clientTLS(configuration)
        let bound = LoopBound(connection, on: loop)
        let mailbox = loop.mailbox
        try NameResolver.resolve(host, port: port) { result in
            mailbox.post { bound.value.resolved(result) }
        }
        return connection
    }

    private func makeClient(
        _ name: String, _ configuration: QUICConfiguration, _ address: SocketAddress
    ) throws(TransportError) -> QUICConnection {
        loop.preconditionOnLoop()
        guard !isClosing else { throw TransportError(.state, "the endpoint is closing") }
        guard connectionCount < self.configuration.maximumConnections else {
            throw TransportError(.limit, "too many connections")
        }
        let connection = QUICConnection(
            endpoint: self, isServer: false, configuration: configuration, remote: address)
        connection.serverName = name
        return connection
    }

    /// Moves on to the next address when this one stays silent.
    func watchAttempt(_ connection: QUICConnection) {
        guard !connection.candidates.isEmpty else { return }
        let attempt = connection.remoteAddress
        var timer: TimerID?
        timer = loop.schedule(afterMilliseconds: 1_000) { [unowned self, weak connection] in
            if let timer { loop.cancel(timer) }
            guard let connection, connection.state == .handshaking, !connection.hasReceived,
                connection.remoteAddress == attempt
            else { return }
            _ = connection.tryNextCandidate()
        }
    }
}

extension QUICConnection {
    fileprivate func resolved(_ result: Result<[SocketAddress], TransportError>) {
        guard state == .resolving, pendingClose == nil, let endpoint else { return }
        guard !endpoint.isClosing else {
            return end(.application(code: 0, reason: "the endpoint is closing", byPeer: false))
        }
        switch result {
        case .failure(let error):
            end(.unreachable(error.message))
        case .success(let addresses):
            candidates = addresses.filter { $0.forSocket(isIPv6: endpoint.localAddress.isIPv6) != nil }
            guard !tryNextCandidate() else { return }
            end(pendingFailure ?? .unreachable("\(serverName) has no address that this socket can reach"))
        }
    }
}
