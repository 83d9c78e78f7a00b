import Synchronization

/// Where a WebTransport client has connected to, noted when its CONNECT comes.
final class ConnectTarget: Sendable {
    private let named = Mutex(("", ""))

    var path: String { named.withLock { $0.0 } }
    var authority: String { named.withLock { $0.1 } }

    func connected(to path: String, _ authority: String) { named.withLock { $0 = (path, authority) } }
}
