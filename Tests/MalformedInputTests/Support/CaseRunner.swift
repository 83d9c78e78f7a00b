import Containers
import Testing

/// Feeds a case to fresh sessions in every way that a transport could deliver its bytes, and counts the runs.
struct CaseRunner {
    private(set) var runCount = 0

    /// Longer cases (names and texts beyond their limits) are cut at every byte of their beginning and end.
    private static let longCase = 200

    /// `cutting` is for one role of the session: the other sees the case whole and byte by byte.
    mutating func run(_ item: MalformedCase, cutting: Bool) {
        if let signal = item.signal { return broken(item, signal, cutting: cutting) }
        whole(item)
        if item.place != .datagram { byByte(item) }
        guard cutting else { return }
        guard item.place != .datagram else { return cutDatagram(item) }
        for count in cuts(item.bytes.count) {
            cut(item, count, fin: false)
            cut(item, count, fin: true)
        }
    }

    /// Broken off after the last byte and, when cutting, after every byte before it.
    private mutating func broken(_ item: MalformedCase, _ signal: Signal, cutting: Bool) {
        let bytes = item.bytes
        for count in cutting ? Array(0...bytes.count) : [bytes.count] {
            runCount += 1
            let bench = Bench(item.side, item.before)
            guard let stream = bench.stream(at: item.place) else {
                Issue.record("\(item.name): no stream")
                return
            }
            if count > 0 { bench.receive(stream, Array(bytes.prefix(count))) }
            bench.signal(signal, on: stream)
            let expected =
                count == bytes.count ? item.outcome : count == 0 ? Outcome.tolerated : item.early
            expect(bench.outcome(on: stream), expected, item, "after \(count) bytes")
        }
    }

    private func cuts(_ count: Int) -> [Int] {
        guard count > Self.longCase else { return Array(0..<count) }
        return (0..<count).filter { $0 < 30 || $0 >= count - 10 || $0 % 1024 == 0 }
    }

    private mutating func whole(_ item: MalformedCase) {
        runCount += 1
        let bench = Bench(item.side, item.before)
        guard item.place != .datagram else {
            bench.datagram(item.bytes)
            return expect(bench.outcome(on: nil), item.outcome, item, "whole")
        }
        guard let stream = stream(bench, item) else { return }
        bench.receive(stream, item.bytes, fin: item.fin)
        if item.wait > 0 { bench.wait(milliseconds: item.wait) }
        expect(bench.outcome(on: stream), item.outcome, item, "whole")
    }

    private mutating func byByte(_ item: MalformedCase) {
        runCount += 1
        let bench = Bench(item.side, item.before)
        guard let stream = stream(bench, item) else { return }
        let bytes = item.bytes
        var position = 0
        while position < bytes.count {
            // The middle of a long name says nothing new.
            let isMiddle = bytes.count > Self.longCase && position > 64 && position < bytes.count - 128
            let end = isMiddle ? position + 61 : position + 1
            bench.receive(stream, Array(bytes[position..<end]))
            position = end
        }
        if item.fin { bench.receive(stream, [], fin: true) }
        if item.wait > 0 { bench.wait(milliseconds: item.wait) }
        expect(bench.outcome(on: stream), item.outcome, item, "byte by byte")
    }

    /// Without FIN nothing has happened yet, or the error is already plain; with FIN inside a piece the
    /// session is over, between two pieces only the control stream must not end.
    private mutating func cut(_ item: MalformedCase, _ count: Int, fin: Bool) {
        runCount += 1
        let bench = Bench(item.side, item.before)
        guard let stream = stream(bench, item) else { return }
        bench.receive(stream, Array(item.bytes.prefix(count)), fin: fin)
        let outcome = bench.outcome(on: stream)
        if outcome == item.outcome, item.outcome != .tolerated { return }
        guard fin else {
            return expect(outcome, .tolerated, item, "cut at \(count)")
        }
        if stream == bench.control {
            // A unidirectional stream on which nothing was said is no control stream yet.
            let isNothing = count == 0 && item.before == .nothing && stream.isUnidirectional
            return expect(outcome, isNothing ? .tolerated : .violation, item, "cut at \(count) with FIN")
        }
        if ends(item).contains(count) {
            if case .closed = outcome {
                Issue.record("\(item.name): FIN at \(count) gave \(outcome), \(item.section)")
            }
            return
        }
        let firstCount = item.pieces.first?.count ?? 0
        if item.isOpaque, count >= firstCount, outcome == .tolerated { return }
        expect(outcome, .violation, item, "cut at \(count) with FIN")
    }

    /// Where a stream may end: before the first byte and between two pieces.
    private func ends(_ item: MalformedCase) -> [Int] {
        var ends = [0]
        for piece in item.pieces { ends.append((ends.last ?? 0) + piece.count) }
        return ends
    }

    private mutating func cutDatagram(_ item: MalformedCase) {
        for count in 0..<item.bytes.count {
            runCount += 1
            let bench = Bench(item.side, item.before)
            bench.datagram(Array(item.bytes.prefix(count)))
            let outcome = bench.outcome(on: nil)
            // The first piece is everything before the payload.
            let isWhole = count >= item.pieces.first?.count ?? 0
            if outcome == item.outcome, item.outcome != .tolerated { continue }
            expect(outcome, isWhole ? .tolerated : .violation, item, "cut at \(count)")
        }
    }

    private func stream(_ bench: Bench, _ item: MalformedCase) -> StreamID? {
        let stream =
            item.before == .nothing && item.place == .unidirectional
            ? bench.control : bench.stream(at: item.place)
        if stream == nil { Issue.record("\(item.name): no stream") }
        return stream
    }

    private func expect(_ found: Outcome, _ wanted: Outcome, _ item: MalformedCase, _ way: String) {
        if found != wanted {
            Issue.record("\(item.name), \(item.side.role), \(way): \(found) for \(wanted), \(item.section)")
        }
    }
}
