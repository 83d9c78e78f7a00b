import Containers
import MOQTClient
import Media
import QUICTransport
import Tooling

/// Publishes lines, length-prefixed records or raw chunks on one track.
final class RecordFeeder: Feeder {
    var onFinished: () -> Void = {}
    var onFailed: (String) -> Void = { _ in }
    /// Whether the input waits, because nobody could get what is read.
    var isSuspended: () -> Bool = { false }

    private let publisher: TrackPublisher
    private let input: InputSource
    private let options: PublishOptions
    private let loop: EventLoop
    private var reader: RecordReader
    private var pacer: Pacer
    private var nextGroup: UInt64
    private var objectsInGroup: UInt64 = 0
    private var inputEnded = false
    private var isDone = false
    private var timer: TimerID?

    /// Bytes that may wait for the transport before the input is read on.
    static let maximumWaitingByteCount: UInt64 = 1 << 20
    /// Nobody tells a publisher how fast the relay's subscribers are, and a relay does not wait for slow ones:
    /// what nobody has paced leaves at a speed that most can follow, once its head is out.
    private static let usualPace = Pace.bytesPerSecond(5_000_000)
    private static let headByteCount = 2 << 20
    /// Bytes published in one turn of the loop.
    private static let turnByteCount = 256 * 1024

    init(_ publisher: TrackPublisher, input: InputSource, options: PublishOptions, loop: EventLoop) {
        self.publisher = publisher
        self.input = input
        self.options = options
        self.loop = loop
        reader = RecordReader(options.framing, chunkByteCount: options.chunkByteCount)
        pacer = Pacer(
            options.pace ?? Self.usualPace, headByteCount: Self.headByteCount)
        nextGroup = options.firstGroup ?? (input.isFile ? 0 : Runner.wallClock() / 1000)
        publisher.carriesProperties = options.stampsTime
    }

    func start() {
        input.onReadable = { [weak self] in self?.step() }
        step()
    }

    func stop() {
        guard !isDone else { return }
        isDone = true
        publisher.end()
        onFinished()
    }

    private func step() {
        guard !isDone else { return }
        if isSuspended() { return later(nanoseconds: 20_000_000) }
        var budget = Self.turnByteCount
        do throws(MediaError) {
            while budget > 0 {
                if publisher.waitingByteCount > Self.maximumWaitingByteCount {
                    return later(nanoseconds: 2_000_000)
                }
                let delay = pacer.delay(now: loop.now.nanoseconds)
                if delay > 0 { return later(nanoseconds: delay) }
                if let record = try reader.next(flush: !input.isFile) {
                    publish(record)
                    budget -= record.count + 64
                    continue
                }
                if inputEnded { return stop() }
                switch input.read() {
                case .bytes(let bytes): reader.append(bytes)
                case .nothingYet: return
                case .end:
                    inputEnded = true
                    reader.finish()
                case .failed(let reason): return onFailed(reason)
                }
            }
        } catch {
            isDone = true
            onFailed(error.message)
            return
        }
        later(nanoseconds: 0)
    }

    private func publish(_ record: [UInt8]) {
        if objectsInGroup == 0 {
            publisher.beginGroup(nextGroup, subgroupCount: options.subgroupCount)
            nextGroup += 1
        }
        let properties = options.stampsTime ? [LOCProperty.captured(atMicroseconds: Runner.wallClock())] : []
        if options.usesDatagrams {
            let isLast = objectsInGroup + 1 == options.groupSize
            publisher.writeDatagram(record, properties: properties, endsGroup: isLast)
        } else {
            publisher.write(record, properties: properties)
        }
        pacer.sent(byteCount: record.count, now: loop.now.nanoseconds)
        objectsInGroup += 1
        if objectsInGroup == options.groupSize {
            objectsInGroup = 0
            publisher.endGroup()
        }
    }

    private func later(nanoseconds: UInt64) {
        let deadline = loop.now.advanced(byNanoseconds: nanoseconds)
        let timer = timer ?? loop.addTimer { [weak self] in self?.step() }
        self.timer = timer
        loop.reschedule(timer, at: deadline)
    }
}
