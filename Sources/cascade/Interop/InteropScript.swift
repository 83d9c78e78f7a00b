import Containers
import MOQTClient
import MOQTModel
import MOQTSession
import MOQTWire
import QUICTransport
import Tooling

/// Runs one test case step by step: each step turns the loop until it has its answer or its time is up.
final class InteropScript {
    struct Failure: Error {
        var received: String
        var message: String?
        /// The relay, or its draft, does not have what the test is about.
        var isSkip = false

        init(_ received: String, _ message: String? = nil) {
            self.received = received
            self.message = message
        }

        static func skip(_ reason: String) -> Failure {
            var failure = Failure("", reason)
            failure.isSkip = true
            return failure
        }
    }

    /// The answer to a SUBSCRIBE that may come later.
    final class Answer {
        var isThere = false
        var failure: RequestFailure?
    }

    let options: CommonOptions
    let loop: EventLoop
    let client: Client
    private let deadline: UInt64
    private let lacking: @Sendable (DraftRules) -> String?
    var raws: [RawConnection] = []
    private var closures: [ObjectIdentifier: ClientClosure] = [:]
    private var subscribers: [TrackSubscriber] = []
    var draft: String?

    private init(_ options: CommonOptions, _ test: InteropCase) throws(TransportError) {
        self.options = options
        lacking = test.lacking
        loop = try EventLoop()
        client = Client(loop: loop)
        deadline = loop.now.nanoseconds / 1_000_000 + test.timeout
    }

    static func run(_ test: InteropCase, _ options: CommonOptions) -> InteropResult {
        var result = InteropResult(passed: false, milliseconds: 0, expected: test.expected, received: "")
        let script: InteropScript
        do throws(TransportError) {
            script = try InteropScript(options, test)
        } catch {
            result.message = error.message
            return result
        }
        let start = script.loop.now
        do throws(Failure) {
            try test.body(script)
            result.passed = true
        } catch {
            result.received = error.received
            result.message = error.message
            result.isSkipped = error.isSkip
            result.passed = error.isSkip
        }
        result.draft = script.draft
        result.milliseconds = script.loop.now.milliseconds(since: start)
        for raw in script.raws { raw.close() }
        var isClosed = false
        script.client.close { isClosed = true }
        script.loop.run(forMilliseconds: 500) { isClosed }
        return result
    }

    // MARK: Steps

    /// `window`: bytes that the relay may have in flight towards us; nil = as many as usual.
    func connect(_ role: String, window: UInt64? = nil) throws(Failure) -> ClientConnection {
        var configuration = options.client
        configuration.receiveWindow = window
        let connection: ClientConnection
        do throws(TransportError) {
            connection = try client.connect(configuration)
        } catch {
            throw Failure("no connection", "\(role): \(error.message)")
        }
        let key = ObjectIdentifier(connection)
        connection.onClosed = { [unowned self] in closures[key] = $0 }
        try until("SETUP", connection, timeout: 2000) { connection.isEstablished }
        if let draft = connection.draft { try negotiated(draft) }
        return connection
    }

    /// The test ends here when the draft lacks what it is about.
    func negotiated(_ draft: Draft) throws(Failure) {
        self.draft = "\(draft)"
        if let what = lacking(draft.rules) { throw .skip("\(draft) has no \(what)") }
    }

    func close(_ connection: ClientConnection) {
        connection.close()
        loop.run(forMilliseconds: 50) { connection.isClosed }
    }

    func announce(
        _ namespace: TrackNamespace, on connection: ClientConnection, timeout: UInt64
    ) throws(Failure) -> Announcement {
        var answer: RequestFailure??
        let announcement: Announcement
        do throws(SessionCommandFailure) {
            announcement = try connection.announce(namespace) { answer = .some($0) }
        } catch {
            throw Failure("nothing", "PUBLISH_NAMESPACE cannot be sent: \(FailureText.name(error))")
        }
        try until("PUBLISH_NAMESPACE_OK", connection, timeout: timeout) { answer != nil }
        if let failure = answer ?? nil {
            throw Failure("REQUEST_ERROR", FailureText.request("PUBLISH_NAMESPACE", failure))
        }
        return announcement
    }

    /// nil = SUBSCRIBE_OK.
    func subscribe(
        _ track: FullTrackName, on connection: ClientConnection, timeout: UInt64
    ) throws(Failure) -> RequestFailure? {
        let answer = try beginSubscribe(track, on: connection)
        try until("an answer to SUBSCRIBE", connection, timeout: timeout) { answer.isThere }
        return answer.failure
    }

    func beginSubscribe(_ track: FullTrackName, on connection: ClientConnection) throws(Failure) -> Answer {
        let answer = Answer()
        var parameters = MessageParameters()
        parameters.filter = .nextObject
        parameters.forward = true
        parameters.groupOrder = .ascending
        parameters.subscriberPriority = TrackProperties.defaultPriority
        do throws(SessionCommandFailure) {
            let subscriber = try connection.subscribe(track, parameters: parameters) { event in
                switch event {
                case .accepted: answer.isThere = true
                case .refused(let failure):
                    answer.failure = failure
                    answer.isThere = true
                default: break
                }
            }
            subscribers.append(subscriber)
        } catch {
            throw Failure("nothing", "SUBSCRIBE cannot be sent: \(FailureText.name(error))")
        }
        return answer
    }

    func expect(_ answer: Answer, timeout: UInt64) throws(Failure) {
        if loop.run(forMilliseconds: allowed(timeout), until: { answer.isThere }) { return }
        throw Failure("timeout", "no answer to SUBSCRIBE after \(timeout) ms")
    }

    func wait(milliseconds: UInt64, until condition: () -> Bool = { false }) {
        loop.run(forMilliseconds: milliseconds, until: condition)
    }

    func staysOpen(_ connection: ClientConnection, milliseconds: UInt64) throws(Failure) {
        loop.run(forMilliseconds: milliseconds) { connection.isClosed }
        if connection.isClosed { throw closed(connection) }
    }

    // MARK: Helpers

    func until(
        _ what: String, _ connection: ClientConnection, timeout: UInt64, _ condition: () -> Bool
    ) throws(Failure) {
        loop.run(forMilliseconds: allowed(timeout)) { condition() || connection.isClosed }
        if condition() { return }
        if connection.isClosed { throw closed(connection) }
        throw Failure("timeout", "no \(what) after \(timeout) ms")
    }

    func allowed(_ timeout: UInt64) -> UInt64 {
        let now = loop.now.nanoseconds / 1_000_000
        return min(timeout, deadline > now ? deadline - now : 1)
    }

    private func closed(_ connection: ClientConnection) -> Failure {
        let closure = closures[ObjectIdentifier(connection)] ?? .local
        return Failure("connection closed", FailureText.closure(closure, options).text)
    }
}
