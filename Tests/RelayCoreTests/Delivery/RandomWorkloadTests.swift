import Containers
import MOQTModel
import Testing

@testable import RelayCore

/// A random track, sent by up to three sources in random pieces, read by peers of all kinds: what each of
/// them reassembles is compared with the truth.
@Suite("Random workloads")
struct RandomWorkloadTests {
    struct Source {
        var id: SourceID
        /// Next object per subgroup, and the next byte in it (-1 = its header).
        var progress: [(handle: IngestHandle?, object: Int, byte: Int, isDone: Bool)]
        var isAlive = true
    }

    struct Subgroup {
        var group: UInt64
        var id: UInt64
        var objects: [(id: UInt64, payload: [UInt8], properties: [UInt8]?)]
        var priority: UInt8?
    }

    final class Reader {
        let peer: TestPeer
        let range: LogRange
        let greed: Int
        init(peer: TestPeer, range: LogRange, greed: Int) {
            self.peer = peer
            self.range = range
            self.greed = greed
        }
    }

    var random: SeededGenerator
    var subgroups: [Subgroup] = []
    let track: TestTrack
    var writer = SlabWriter(slabCapacity: 8192)

    init() {
        random = SeededGenerator(seed: 0)
        track = TestTrack()
    }

    init(seed: UInt64, limits: (inout TrackLogLimits) -> Void) {
        random = SeededGenerator(seed: seed)
        track = TestTrack(limits)
        for group in 0..<UInt64(Int.random(in: 2...6, using: &random)) {
            let count = Int.random(in: 1...3, using: &random)
            let hasProperties = Bool.random(using: &random)
            for subgroup in 0..<UInt64(count) {
                var objects: [(UInt64, [UInt8], [UInt8]?)] = []
                var id = subgroup
                for _ in 0..<Int.random(in: 0...6, using: &random) {
                    let size = [0, 1, 10, 300, 3000][Int.random(in: 0..<5, using: &random)]
                    objects.append(
                        (id, TestTrack.payload(group, id, size), hasProperties ? [UInt8(id)] : nil))
                    id += UInt64(count) * UInt64.random(in: 1...2, using: &random)
                }
                subgroups.append(
                    Subgroup(
                        group: group, id: subgroup, objects: objects,
                        priority: Bool.random(using: &random)
                            ? UInt8.random(in: 0...255, using: &random) : nil))
            }
        }
    }

    /// Advances one source by one piece; false when it has sent everything.
    mutating func advance(_ source: inout Source) -> Bool {
        // Groups go in order with some overlap: one of the first three that are not done.
        let open = source.progress.indices.filter { !source.progress[$0].isDone }.prefix(3)
        guard let index = open.randomElement(using: &random) else { return false }
        let subgroup = subgroups[index]
        guard let handle = source.progress[index].handle else {
            source.progress[index].handle = track.log.subgroupBegan(
                source: source.id,
                LogSubgroupHeader(
                    group: subgroup.group, subgroup: .explicit(subgroup.id), priority: subgroup.priority,
                    hasProperties: subgroup.objects.first?.properties != nil, firstObject: true))
            return true
        }
        let at = source.progress[index].object
        guard at < subgroup.objects.count else {
            track.log.subgroupEnded(handle, .finished)
            source.progress[index].isDone = true
            return true
        }
        let object = subgroup.objects[at]
        let byte = source.progress[index].byte
        if byte < 0 {
            let block = object.properties.map {
                PropertyBlock(bytes: Payload($0), shape: TestEncoding.native)
            }
            let header = ObjectHeader(
                objectID: object.id, payloadByteCount: UInt64(object.payload.count), properties: block)
            let previous = at > 0 ? subgroup.objects[at - 1].id : nil
            let raw = writer.copy(
                TestEncoding.encode(previousObjectID: previous, header, shape: TestEncoding.native))
            track.log.objectBegan(
                handle, header, raw: RawObjectHeader(bytes: raw, shape: TestEncoding.native))
            source.progress[index].byte = 0
        } else {
            let count = min(Int.random(in: 1...1000, using: &random), object.payload.count - byte)
            track.log.payloadArrived(handle, writer.copy(Array(object.payload[byte..<(byte + count)])))
            source.progress[index].byte += count
        }
        if source.progress[index].byte == object.payload.count {
            source.progress[index].object += 1
            source.progress[index].byte = -1
        }
        return true
    }

    mutating func makeReader() -> Reader {
        var limits = DeliveryLimits()
        limits.stepByteCount = Int.random(in: 500...5000, using: &random)
        limits.stepPayloadCount = Int.random(in: 2...8, using: &random)
        let peer = TestPeer(limits: limits)
        peer.shape =
            [TestEncoding.native, TestEncoding.foreign].randomElement(using: &random) ?? TestEncoding.native
        let group = UInt64.random(in: 0...5, using: &random)
        let filters: [LocationFilter] = [
            .unfiltered, .nextGroup, .from(.zero), .from(Location(group: group, object: 2)),
            .range(start: .zero, endGroup: group, endObject: nil),
            .range(start: Location(group: group, object: 1), endGroup: group + 1, endObject: 3),
        ]
        let range = track.log.range(for: filters.randomElement(using: &random) ?? .unfiltered)
        let subscription = DeliverySubscription(
            id: 0, range: range, groupOrder: Bool.random(using: &random) ? .ascending : .descending,
            shape: peer.shape, context: 0)
        peer.scheduler.addSubscription(subscription, to: track.log)
        return Reader(peer: peer, range: range, greed: Int.random(in: 1...5000, using: &random))
    }

    mutating func run(sourceCount: Int, checkEverything: Bool, _ comment: Comment) {
        var sources = (1...sourceCount).map {
            Source(
                id: SourceID($0),
                progress: subgroups.map { _ in (handle: nil, object: 0, byte: -1, isDone: false) })
        }
        var readers: [Reader] = [makeReader(), makeReader()]
        var step = 0
        while !sources.isEmpty {
            step += 1
            let index = Int.random(in: 0..<sources.count, using: &random)
            if !advance(&sources[index]) {
                sources.remove(at: index)
            } else if sources.count > 1, Int.random(in: 0..<100, using: &random) == 0 {
                track.log.sourceEnded(sources[index].id)
                sources.remove(at: index)
            }
            if readers.count < 8, Int.random(in: 0..<20, using: &random) == 0 { readers.append(makeReader()) }
            guard Int.random(in: 0..<3, using: &random) == 0 else { continue }
            track.wake()
            for reader in readers where Bool.random(using: &random) {
                reader.peer.pump(byteLimit: reader.greed, packet: Int.random(in: 1...1500, using: &random))
            }
        }
        track.log.trackEnded(.trackEnded)
        track.wake()
        for reader in readers {
            reader.peer.pump()
            let later = Instant.zero.advanced(byMilliseconds: 2500)
            _ = reader.peer.scheduler.checkDeadlines(now: later)
            reader.peer.pump(now: later)
            check(reader, everything: checkEverything, comment)
        }
    }

    func check(_ reader: Reader, everything: Bool, _ comment: Comment) {
        var seen: Set<Location> = []
        for stream in reader.peer.streams {
            guard let objects = stream.objects else {
                Issue.record("a stream contradicts itself: \(comment)")
                continue
            }
            let (group, id) = (stream.opening.group, stream.opening.subgroup)
            guard let truth = subgroups.first(where: { $0.group == group && $0.id == id }) else {
                Issue.record("an unknown subgroup: \(comment)")
                continue
            }
            let wanted = truth.objects.filter { reader.range.contains(Location(group: group, object: $0.id)) }
            for object in objects {
                guard let original = wanted.first(where: { $0.id == object.id }) else {
                    Issue.record("an object that was not asked for: \(comment)")
                    continue
                }
                #expect(object.payload == Array(original.payload.prefix(object.payload.count)), comment)
                #expect(object.properties == original.properties ?? [], comment)
                guard object.isWhole else { continue }
                #expect(seen.insert(Location(group: group, object: object.id)).inserted, comment)
            }
            if stream.end == .fin { #expect(objects.map(\.id) == wanted.map(\.id), comment) }
            #expect(stream.end != nil, comment)
        }
        guard everything else { return }
        for subgroup in subgroups {
            for object in subgroup.objects {
                let location = Location(group: subgroup.group, object: object.id)
                #expect(seen.contains(location) == reader.range.contains(location), comment)
            }
        }
        #expect(reader.peer.ended.count == 1, comment)
        #expect(reader.peer.ended.first?.streamCount == UInt64(reader.peer.streams.count), comment)
    }

    @Test("every reader reassembles exactly what it asked for", arguments: 0..<150 as Range<UInt64>)
    func everything(_ seed: UInt64) {
        var workload = RandomWorkloadTests(seed: seed) { _ in }
        workload.run(sourceCount: Int(seed % 3) + 1, checkEverything: true, "seed \(seed)")
    }

    @Test("with little memory, what arrives is still right", arguments: 1000..<1150 as Range<UInt64>)
    func littleMemory(_ seed: UInt64) {
        var workload = RandomWorkloadTests(seed: seed) {
            $0.byteCount = 8000
            $0.groupCount = 2
            $0.subgroupCount = 5
        }
        workload.run(sourceCount: Int(seed % 3) + 1, checkEverything: false, "seed \(seed)")
        #expect(workload.track.log.heldByteCount <= 8000)
    }
}
