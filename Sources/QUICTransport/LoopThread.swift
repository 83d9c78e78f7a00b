import CQUIC
import Glibc

/// A loop on a thread of its own.
public final class LoopThread: @unchecked Sendable {
    /// Reaches the loop from any thread.
    public let mailbox: Mailbox
    private let loop: EventLoop
    private var thread = pthread_t()
    private var isJoined = false

    private final class Start {
        let loop: EventLoop
        let name: String
        let body: @Sendable (EventLoop) -> Void
        init(loop: EventLoop, name: String, body: @escaping @Sendable (EventLoop) -> Void) {
            self.loop = loop
            self.name = name
            self.body = body
        }
    }

    /// Starts a thread that calls `body` on its new loop and then runs the loop until `stop()`. What `body`
    /// creates must be kept alive by the loop (watches, timers, endpoints) or by `body`'s own captures.
    public init(name: String, _ body: @escaping @Sendable (EventLoop) -> Void) throws(TransportError) {
        loop = try EventLoop()
        mailbox = loop.mailbox
        let start = Unmanaged.passRetained(Start(loop: loop, name: String(name.prefix(15)), body: body))
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                cquic_name_thread(start.name)
                start.loop.adoptCurrentThread()
                start.body(start.loop)
                start.loop.run()
                return nil
            }, start.toOpaque())
        guard result == 0 else {
            start.release()
            throw TransportError(.state, "cannot start a thread: \(systemErrorText(result))")
        }
    }

    /// Asks the loop to end; callable from any thread, more than once.
    public func stop() {
        let bound = LoopBound(loop, on: loop)
        mailbox.post { bound.value.stop() }
    }

    /// Waits for the thread's end. Call once, after `stop()`, never from the loop itself.
    public func join() {
        guard !isJoined else { return }
        isJoined = true
        pthread_join(thread, nil)
    }
}
