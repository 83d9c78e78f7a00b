import Containers
import MOQTModel
import QUICTransport
import TransportInterface

/// A place to connect to that outlives its connections: moves on when the relay says GOAWAY, and connects again
/// when a relay dies.
///
/// Requests belong to a connection, so the owner makes its requests anew on each one that `established` names;
/// the one before is still there then, unless it was lost, and is the owner's to close. Confined to the client's
/// loop.
public final class ResilientConnection {
    public enum Event {
        /// Requests go here from now on.
        case established(ClientConnection)
        /// The relay sends us away; `established` follows when the next place has answered. With reconnecting
        /// forbidden nothing follows, and the connection lasts until the relay closes it.
        case goingAway(ClientConnection, uri: String)
        /// The connection that was in use is gone, or the one that should replace it was not to be had; the next
        /// attempt begins after that many milliseconds.
        case lost(ClientClosure, retryAfter: UInt64)
        /// Nothing more follows.
        case failed(ClientClosure)
    }

    /// The newest connection that was established, if it still stands.
    public private(set) var current: ClientConnection?
    /// On the way to the next place.
    public var isMoving: Bool { pending != nil || timer != nil }
    /// What the next attempt will use.
    public private(set) var configuration: ClientConfiguration

    private let client: Client
    private var original: ClientConfiguration
    private var policy: ReconnectPolicy?
    private let onEvent: (Event) -> Void
    private var pending: ClientConnection?
    private var timer: TimerID?
    private var wasEstablished = false
    private var isOver = false

    /// `policy` nil forbids to reconnect, and to move.
    public init(
        client: Client, configuration: ClientConfiguration, policy: ReconnectPolicy? = ReconnectPolicy(),
        onEvent: @escaping (Event) -> Void
    ) {
        self.client = client
        self.configuration = configuration
        original = configuration
        self.policy = policy
        self.onEvent = onEvent
    }

    /// Connects for the first time. Until that has succeeded once, a failure is final.
    public func start() throws(TransportError) { try connect() }

    /// Goes to another place for a reason of the owner's (a request was redirected there): `established` follows
    /// when it has answered. Where it is now, and where it is going already, it need not go.
    public func move(to next: ClientConfiguration) {
        guard !isOver, next.place != configuration.place else { return }
        configuration = next
        original = next
        if let timer { client.loop.cancel(timer) }
        let given = pending
        pending = nil
        given?.close()
        retry(afterMilliseconds: 0)
    }

    /// No event follows; connections stay as they are.
    public func stop() {
        isOver = true
        if let timer { client.loop.cancel(timer) }
        timer = nil
    }

    // MARK: Attempts

    private func connect() throws(TransportError) {
        let connection = try client.connect(configuration)
        pending = connection
        connection.onEstablished = { [unowned self, unowned connection] in established(connection) }
        connection.onGoAway = { [unowned self, unowned connection] uri in sentAway(connection, uri) }
        connection.onClosed = { [unowned self, unowned connection] closure in closed(connection, closure) }
    }

    private func established(_ connection: ClientConnection) {
        guard !isOver, pending === connection else { return }
        pending = nil
        current = connection
        wasEstablished = true
        policy?.succeeded()
        onEvent(.established(connection))
    }

    private func sentAway(_ connection: ClientConnection, _ uri: String) {
        guard !isOver, connection === current || connection === pending else { return }
        onEvent(.goingAway(connection, uri: uri))
        guard !isOver, policy != nil, pending == nil, timer == nil else { return }
        if let next = configuration.redirected(to: uri) { configuration = next }
        // Not at once: everybody else was sent away in the same moment.
        retry(afterMilliseconds: UInt64.random(in: 0...50))
    }

    private func closed(_ connection: ClientConnection, _ closure: ClientClosure) {
        guard !isOver else { return }
        if connection === pending {
            pending = nil
        } else if connection === current {
            current = nil
            // The move to the next place has begun already.
            if pending != nil || timer != nil { return }
        } else {
            return
        }
        guard wasEstablished, policy != nil, closure.mayPass else {
            isOver = true
            return onEvent(.failed(closure))
        }
        failedAttempt(closure)
    }

    private func failedAttempt(_ closure: ClientClosure) {
        guard let delay = policy?.nextDelay(chance: UInt64.random(in: 0...(1 << 32))) else { return }
        // A place that we were sent to and that is not there: the first one may be back.
        if let count = policy?.attemptCount, count > 3 { configuration = original }
        retry(afterMilliseconds: delay)
        onEvent(.lost(closure, retryAfter: delay))
    }

    private func retry(afterMilliseconds delay: UInt64) {
        timer = client.loop.schedule(afterMilliseconds: delay) { [weak self] in
            guard let self, !isOver else { return }
            timer = nil
            do throws(TransportError) { try connect() } catch { failedAttempt(.unreachable(error.message)) }
        }
    }
}
