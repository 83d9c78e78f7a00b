import Containers
import Testing
import TransportInterface

@testable import QUICTransport

@Suite final class CallbackRingTests {
    private let writer = UnsafeMutablePointer<SlabWriter>.allocate(capacity: 1)
    private let ring: CallbackRing

    init() {
        writer.initialize(to: SlabWriter())
        ring = CallbackRing(
            writer: writer, identity: ConnectionIdentity(shard: 0, secret: Array(repeating: 7, count: 32)))
    }

    deinit {
        writer.deinitialize(count: 1)
        writer.deallocate()
    }

    private func data(_ stream: UInt64, _ bytes: [UInt8], fin: Bool = false) {
        #expect(ring.appendStreamData(StreamID(stream), bytes, bytes.count, fin: fin) == 0)
    }

    private func take() throws -> CallbackEvent { try #require(ring.take()) }

    @Test("Bytes of a stream that follow each other are one event, up to a FIN or another stream's")
    func streamData() throws {
        data(0, [1, 2])
        data(0, [3])
        data(4, [9])
        data(0, [4], fin: true)
        let first = try take()
        #expect(first.kind == .streamData && first.stream == StreamID(0) && first.payload.bytes == [1, 2, 3])
        #expect(!first.flag)
        #expect(try take().payload.bytes == [9])
        let last = try take()
        #expect(last.payload.bytes == [4] && last.flag)
        #expect(ring.take() == nil)
    }

    @Test("A FIN without bytes belongs to the bytes before it, and nothing follows it")
    func fin() throws {
        data(0, [1])
        data(0, [], fin: true)
        data(0, [2])
        var bytes: [UInt8] = []
        var finAfter: Int?
        while let event = ring.take() {
            bytes += event.payload.bytes
            if event.flag { finAfter = bytes.count }
        }
        #expect(bytes == [1, 2])
        #expect(finAfter == 1)
    }

    @Test("A packet's acknowledgements of one stream are one event")
    func acknowledgements() throws {
        #expect(ring.appendAcknowledged(StreamID(3), 1_000) == 0)
        #expect(ring.appendAcknowledged(StreamID(3), 500) == 0)
        #expect(ring.appendAcknowledged(StreamID(7), 1) == 0)
        let first = try take()
        #expect(first.kind == .streamAcknowledged && first.stream == StreamID(3) && first.a == 1_500)
        #expect(try take().a == 1)
        #expect(ring.take() == nil)
    }

    @Test("What is added while events are taken is taken too, and does not grow one that has gone")
    func addedMeanwhile() throws {
        data(0, [1])
        #expect(try take().payload.bytes == [1])
        data(0, [2])
        #expect(try take().payload.bytes == [2])
        #expect(ring.take() == nil)
        for count in 0..<100 { data(UInt64(count) * 4, [UInt8(count)]) }
        for count in 0..<100 { #expect(try take().payload.bytes == [UInt8(count)]) }
        #expect(ring.take() == nil)
    }
}
