import CQUIC
import Synchronization

/// The only way into a loop from another thread.
public final class Mailbox: Sendable {
    private struct State: ~Copyable {
        var letters: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    let wakeUpDescriptor: Int32

    init(wakeUpDescriptor: Int32) { self.wakeUpDescriptor = wakeUpDescriptor }

    /// Runs `letter` on the loop, in order of posting; dropped once the loop has ended.
    public func post(_ letter: @escaping @Sendable () -> Void) {
        let wakes = state.withLock { state in
            guard !state.isClosed else { return false }
            state.letters.append(letter)
            return state.letters.count == 1
        }
        if wakes { _ = cquic_eventfd_signal(wakeUpDescriptor) }
    }

    func takeAll() -> [@Sendable () -> Void] {
        state.withLock { state in
            var taken: [@Sendable () -> Void] = []
            swap(&taken, &state.letters)
            return taken
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.letters = []
        }
    }
}
