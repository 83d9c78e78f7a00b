/// Names, within the relay process, what a session waits for from upstream: one part of one FETCH that it answers.
public struct FetchReader: Hashable, Sendable, BitwiseCopyable {
    public var session: SessionKey
    /// The session's own number for it, never used twice.
    public var pipe: UInt64

    @inlinable public init(session: SessionKey, pipe: UInt64) {
        self.session = session
        self.pipe = pipe
    }
}
