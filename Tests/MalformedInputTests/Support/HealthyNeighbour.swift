import Containers
import MOQTModel
import MOQTSession

/// A session beside the attacked ones: after each group of cases one more request must pass through it.
final class HealthyNeighbour {
    private let bench: Bench
    private var count: UInt64 = 0

    init(_ side: Side) { bench = Bench(side, .setup) }

    /// True when a SUBSCRIBE of its peer is seen, answered, and the answer is written.
    func servesOneMore() -> Bool {
        let form = Forms(bench.side).subscribe(count).with("name", bench.side.b("track \(count)"))
        let stream = form.place == .bidirectional ? bench.newStream(.bidirectional) : bench.control
        let eventsBefore = bench.eventCount
        let writtenBefore = bench.written.values.reduce(0) { $0 + $1.count }
        bench.receive(stream, form.frame(bench.side))
        guard bench.eventCount == eventsBefore + 1, bench.close == nil else { return false }
        bench.session.acceptSubscribe(RequestID(bench.side.peerID(count)), alias: TrackAlias(count))
        bench.drain()
        count += 1
        return bench.written.values.reduce(0) { $0 + $1.count } > writtenBefore && bench.close == nil
    }
}
