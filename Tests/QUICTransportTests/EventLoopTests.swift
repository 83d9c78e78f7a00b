import Containers
import Glibc
import Synchronization
import Testing

@testable import QUICTransport

@Suite("Event loop") struct EventLoopTests {
    @Test("Timers fire in order of their deadlines, moved and cancelled ones accordingly")
    func timers() throws {
        let loop = try EventLoop()
        var fired: [Int] = []
        let kept = loop.addTimer { fired.append(4) }
        loop.schedule(afterMilliseconds: 20) { fired.append(2) }
        loop.schedule(afterMilliseconds: 5) { fired.append(1) }
        let cancelled = loop.schedule(afterMilliseconds: 1) { fired.append(9) }
        let moved = loop.schedule(afterMilliseconds: 2) { fired.append(3) }
        loop.cancel(cancelled)
        loop.reschedule(moved, at: loop.now.advanced(byMilliseconds: 30))
        loop.run(forMilliseconds: 2000) { fired.count == 3 }
        #expect(fired == [1, 2, 3])
        loop.reschedule(moved, at: loop.now)
        loop.reschedule(cancelled, at: loop.now)
        for count in 4...5 {
            loop.reschedule(kept, at: loop.now)
            loop.run(forMilliseconds: 2000) { fired.count == count }
        }
        loop.run(forMilliseconds: 5)
        #expect(fired == [1, 2, 3, 4, 4])
    }

    @Test("A timer that has fired is forgotten: what ticks for days keeps one")
    func firedTimersAreForgotten() throws {
        let loop = try EventLoop()
        var ticks = 0
        func tick() {
            loop.schedule(at: loop.now) {
                ticks += 1
                if ticks < 1_000 { tick() }
            }
        }
        tick()
        loop.run(forMilliseconds: 5_000) { ticks == 1_000 }
        #expect(ticks == 1_000)
        #expect(loop.timerCount == 0)
    }

    @Test("A watched descriptor is reported until it is unwatched")
    func watch() throws {
        let loop = try EventLoop()
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var count = 0
        let watch = try loop.watch(ends[0], for: .readable) { readiness in
            if readiness.contains(.readable) { count += 1 }
        }
        #expect(write(ends[1], "x", 1) == 1)
        loop.run(forMilliseconds: 2000) { count >= 2 }
        #expect(count >= 2)
        loop.unwatch(watch)
        let before = count
        loop.run(forMilliseconds: 5)
        #expect(count == before)
    }

    @Test("Letters from other threads run on the loop in order; the thread ends when told")
    func thread() throws {
        let results = Mutex<[Int]>([])
        let thread = try LoopThread(name: "test") { loop in
            loop.preconditionOnLoop()
            results.withLock { $0.append(0) }
        }
        for index in 1...100 { thread.mailbox.post { results.withLock { $0.append(index) } } }
        thread.stop()
        thread.join()
        #expect(results.withLock { $0 } == Array(0...100))
    }

    @Test("A hook's request for another turn does not wait for an event")
    func hooks() throws {
        let loop = try EventLoop()
        var turns = 0
        let hook = loop.addTurnHook {
            turns += 1
            if turns < 100 { loop.requestTurn() }
        }
        loop.requestTurn()
        loop.run(forMilliseconds: 2000) { turns >= 100 }
        #expect(turns == 100)
        loop.removeTurnHook(hook)
        loop.run(forMilliseconds: 2)
        #expect(turns == 100)
    }
}
