import CAllocationCount
import Testing

/// Unoptimized code allocates coroutine frames of its own, so the counts hold in release builds only
/// (`swift test -c release -Xswiftc -enable-testing --filter AllocationTests`).
@Suite("Allocations per forwarded object", .serialized)
struct DeliveryAllocationTests {
    static var counts: Bool {
        #if DEBUG
            false
        #else
            allocation_count_is_available()
        #endif
    }

    @Test("the counter counts")
    func counter() {
        guard allocation_count_is_available() else { return }
        allocation_count_start()
        var array: [Int] = []
        array.reserveCapacity(100)
        let count = allocation_count_stop()
        array.append(1)
        #expect(count == 1)
        #expect(allocation_count_bytes() >= 800)
    }

    @Test("delivering to 100 readers allocates nothing, streams and groups included", .enabled(if: counts))
    func delivery() {
        let fanOut = FanOut(readerCount: 100, objectsPerGroup: 30, objectByteCount: 1200)
        for _ in 0..<300 {
            fanOut.ingest()
            fanOut.deliver()
        }
        var total: UInt64 = 0
        let before = fanOut.deliveredByteCount
        for _ in 0..<300 {
            fanOut.ingest()
            allocation_count_start()
            fanOut.deliver()
            total += allocation_count_stop()
        }
        #expect(fanOut.deliveredByteCount - before > 300 * 100 * 1200)
        #expect(total == 0, "\(total) allocations for 30 000 deliveries")
    }

    @Test("delivering packet by packet allocates nothing either", .enabled(if: counts))
    func packets() {
        let fanOut = FanOut(readerCount: 10, objectsPerGroup: 10, objectByteCount: 20_000)
        for _ in 0..<60 {
            fanOut.ingest()
            fanOut.deliver(packet: 1200)
        }
        allocation_count_start()
        for _ in 0..<100 { fanOut.deliver(packet: 1200) }
        let idle = allocation_count_stop()
        var total: UInt64 = 0
        for _ in 0..<60 {
            fanOut.ingest()
            allocation_count_start()
            fanOut.deliver(packet: 1200)
            total += allocation_count_stop()
        }
        #expect(idle == 0)
        #expect(total == 0)
    }

    @Test("a group of one object per 20 ms (audio) allocates nothing to deliver", .enabled(if: counts))
    func audio() {
        let fanOut = FanOut(readerCount: 50, objectsPerGroup: 1, objectByteCount: 160)
        for _ in 0..<400 {
            fanOut.ingest()
            fanOut.deliver()
        }
        var delivery: UInt64 = 0
        var ingest: UInt64 = 0
        for _ in 0..<400 {
            allocation_count_start()
            fanOut.ingest()
            ingest += allocation_count_stop()
            allocation_count_start()
            fanOut.deliver()
            delivery += allocation_count_stop()
        }
        #expect(delivery == 0)
        // One slab (object and bytes) per 256 KiB, for headers and payloads, and small ones for headers that are kept.
        #expect(ingest <= 12, "\(ingest) allocations for 400 groups")
    }

    @Test("taking in objects allocates slabs and nothing else", .enabled(if: counts))
    func ingest() {
        let fanOut = FanOut(readerCount: 1, objectsPerGroup: 60, objectByteCount: 1200)
        for _ in 0..<1200 {
            fanOut.ingest()
            fanOut.deliver()
        }
        var total: UInt64 = 0
        for _ in 0..<1200 {
            allocation_count_start()
            fanOut.ingest()
            total += allocation_count_stop()
            fanOut.deliver()
        }
        // 1.44 MB are six slabs of 256 KiB, two allocations each, a few small ones for headers that are kept, and some
        // room for tables that still grow.
        #expect(total <= 20, "\(total) allocations for 1200 objects")
    }
}
