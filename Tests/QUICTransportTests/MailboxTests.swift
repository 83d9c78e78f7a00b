import CQUIC
import Glibc
import Synchronization
import Testing

@testable import QUICTransport

@Suite("Letters from any thread, without a lock")
struct MailboxTests {
    private let mailbox = Mailbox(wakeUpDescriptor: cquic_eventfd_create())

    /// Whether the loop would have been woken since this was last asked.
    private func wasWoken() -> Bool { cquic_eventfd_clear(mailbox.wakeUpDescriptor) == 0 }

    private final class Notes: Sendable {
        let numbers = Mutex<[Int]>([])
        func add(_ number: Int) { numbers.withLock { $0.append(number) } }
        var all: [Int] { numbers.withLock { $0 } }
    }

    @Test("letters run once, in the order of posting; those that they post, the next time")
    func order() {
        let notes = Notes()
        let mailbox = mailbox
        for number in 0..<3 {
            mailbox.post {
                notes.add(number)
                mailbox.post { notes.add(10 + number) }
            }
        }
        mailbox.runAll()
        #expect(notes.all == [0, 1, 2])
        mailbox.runAll()
        #expect(notes.all == [0, 1, 2, 10, 11, 12])
        mailbox.runAll()
        #expect(notes.all.count == 6)
    }

    @Test("only the first letter of those that wait wakes the loop")
    func waking() {
        #expect(!wasWoken())
        mailbox.post {}
        #expect(wasWoken())
        mailbox.post {}
        #expect(!wasWoken())
        mailbox.runAll()
        mailbox.post {}
        #expect(wasWoken())
    }

    @Test("what waits when the loop ends, or comes later, is dropped and let go of")
    func ending() {
        expectDropped { notes in
            mailbox.post { notes.add(1) }
            mailbox.close()
            mailbox.post { notes.add(2) }
            mailbox.close()
        }
    }

    @Test("letters that nobody takes go with their mailbox")
    func leftOver() {
        expectDropped { notes in
            Mailbox(wakeUpDescriptor: cquic_eventfd_create()).post { notes.add(1) }
        }
    }

    /// Of the letters that `body` posts with the notes none has run, and none is kept.
    private func expectDropped(_ body: (Notes) -> Void) {
        weak var kept: Notes?
        do {
            let notes = Notes()
            kept = notes
            body(notes)
            #expect(notes.all.isEmpty)
        }
        #expect(kept == nil)
    }

    @Test("of four threads that post at once, every letter arrives, each thread's in its order")
    func threads() throws {
        let posters = try (0..<4).map { _ in try LoopThread(name: "poster") { _ in } }
        let target = mailbox
        let notes = Notes()
        let count = 5_000
        for (place, poster) in posters.enumerated() {
            poster.mailbox.post {
                for number in 0..<count { target.post { notes.add(place * count + number) } }
            }
        }
        for poster in posters { poster.stop() }
        // The letters arrive while they are taken.
        for _ in 0..<2_000 {
            target.runAll()
            sched_yield()
        }
        for poster in posters { poster.join() }
        target.runAll()
        let all = notes.all
        #expect(all.count == 4 * count)
        for place in 0..<4 {
            let own = all.filter { $0 / count == place }
            #expect(own == Array(place * count..<(place + 1) * count))
        }
    }
}
