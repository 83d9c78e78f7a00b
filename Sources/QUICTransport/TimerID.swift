/// Names one timer of an `EventLoop`.
public struct TimerID: Hashable, Sendable, BitwiseCopyable {
    let slot: Int
    let generation: UInt32
}
