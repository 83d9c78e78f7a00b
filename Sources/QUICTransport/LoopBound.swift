/// Carries a value that belongs to one loop across threads; only that loop may open it.
///
/// For letters to a loop: `let relay = LoopBound(relay, on: loop)`, then elsewhere
/// `mailbox.post { relay.value.drain() }`.
public final class LoopBound<Value>: @unchecked Sendable {
    private let stored: Value
    private let loop: EventLoop

    public init(_ value: Value, on loop: EventLoop) {
        stored = value
        self.loop = loop
    }

    /// The value; the process stops when the caller is not on the loop.
    public var value: Value {
        loop.preconditionOnLoop()
        return stored
    }
}
