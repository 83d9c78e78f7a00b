import CQUIC
import Glibc
import Synchronization

/// The only way into a loop from another thread. No lock: who posts and who takes never wait for each other.
///
/// Letters are a list, newest first. Posting puts one in front; the loop takes the whole list at once and turns it round.
/// Letters leave in no other way, so that the front being
/// what it was means that the list is.
public final class Mailbox: Sendable {
    private struct Letter {
        let run: @Sendable () -> Void
        /// In the mailbox the letter that was posted before; when taken out, the one that was posted after.
        var next: UnsafeMutablePointer<Letter>?
    }

    /// Address of the newest letter; 0 = there is none, `ended` = there will be none any more.
    private let newest = Atomic<UInt>(0)
    private static let ended: UInt = 1
    /// Readable when letters wait. Open for as long as somebody can post.
    let wakeUpDescriptor: Int32

    /// Takes over an eventfd.
    init(wakeUpDescriptor: Int32) { self.wakeUpDescriptor = wakeUpDescriptor }

    deinit {
        close()
        Glibc.close(wakeUpDescriptor)
    }

    /// Runs `letter` on the loop, in order of posting; dropped once the loop has ended.
    public func post(_ letter: @escaping @Sendable () -> Void) {
        let new = UnsafeMutablePointer<Letter>.allocate(capacity: 1)
        new.initialize(to: Letter(run: letter, next: nil))
        let address = UInt(bitPattern: new)
        var front = newest.load(ordering: .relaxed)
        while front != Self.ended {
            new.pointee.next = UnsafeMutablePointer(bitPattern: front)
            let (isDone, seen) = newest.weakCompareExchange(
                expected: front, desired: address, successOrdering: .releasing, failureOrdering: .relaxed)
            guard !isDone else {
                // Who finds letters before it knows that the loop has been woken for them.
                if front == 0 { _ = cquic_eventfd_signal(wakeUpDescriptor) }
                return
            }
            front = seen
        }
        new.deinitialize(count: 1)
        new.deallocate()
    }

    /// Runs the letters that have been posted, oldest first. What they post takes another turn. For the loop.
    func runAll() {
        empty(leaving: 0) { $0() }
    }

    /// The loop has ended: what waits, and what is still posted, is dropped.
    func close() {
        empty(leaving: Self.ended) { _ in }
    }

    private func empty(leaving rest: UInt, _ body: (@Sendable () -> Void) -> Void) {
        var taken = UnsafeMutablePointer<Letter>(
            bitPattern: newest.exchange(rest, ordering: .acquiring) & ~Self.ended)
        var oldest: UnsafeMutablePointer<Letter>?
        while let letter = taken {
            taken = letter.pointee.next
            letter.pointee.next = oldest
            oldest = letter
        }
        while let letter = oldest {
            oldest = letter.pointee.next
            let run = letter.pointee.run
            letter.deinitialize(count: 1)
            letter.deallocate()
            body(run)
        }
    }
}
