import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import Media
import QUICTransport
import Tooling

/// `cascade subscribe`: from connecting to the end of the track.
final class SubscribeCommand {
    static let syntax = SubscribeOptions.syntax

    private let options: SubscribeOptions
    private var runner: Runner?
    private var sink: OutputSink?
    private var place: ResilientConnection?
    /// Sent us elsewhere, and may go when we are there.
    private var redirectedFrom: ClientConnection?
    private var draft: Int?
    private var plain: PatientSubscription?
    private var movie: MovieSubscription?
    private var idleTimer: TimerID?

    private var progress = ProgressLine.standardError()
    private var meter = TrafficMeter()
    private var latency = LatencySummary()
    private var objectCount: UInt64 = 0
    private var groupCount: UInt64 = 0
    private var byteCount: UInt64 = 0
    private var gapCount = 0
    private var lastGroup: UInt64?

    /// The longest time that is asked of a relay at once for a publisher that is not there.
    private static let rendezvous: UInt64 = 60_000

    init(_ arguments: Arguments) throws(UsageError) { options = try SubscribeOptions(arguments) }

    func run() throws(UsageError) -> ExitCode {
        let runner: Runner
        do throws(TransportError) { runner = try Runner(options.common) } catch {
            throw UsageError(error.message)
        }
        self.runner = runner
        sink = try OutputSink(options.output)
        runner.onInterrupt = { [unowned self] in finish(.done) }
        place = runner.connectResiliently { [unowned self] connection in established(connection) }
        guard place != nil else { return .failed }
        if let timeout = options.timeout {
            idleTimer = runner.loop.schedule(afterMilliseconds: timeout) { [unowned self] in timedOut() }
        }
        tick()
        let code = runner.run()
        summarize(code)
        return code
    }

    private func established(_ connection: ClientConnection) {
        guard let runner else { return }
        draft = connection.draft?.number
        defer {
            if let old = redirectedFrom { left(old) }
            redirectedFrom = nil
        }
        if let movie { return movie.begin(on: connection) }
        if let plain { return plain.begin(on: connection) }
        var parameters = MessageParameters()
        parameters.subscriberPriority = options.priority
        parameters.groupOrder = .ascending
        parameters.forward = true
        options.start.apply(to: &parameters)
        parameters.rendezvousTimeout = min(options.timeout ?? Self.rendezvous, Self.rendezvous)
        if options.framing == .fmp4 {
            let movie = MovieSubscription(
                options, parameters: parameters, now: { runner.now }, log: runner.log)
            movie.onBytes = { [unowned self] bytes in write(bytes) }
            movie.onObject = { [unowned self] object in count(object) }
            movie.onGap = { [unowned self] from, to in gap(from, to) }
            movie.onOutcome = { [unowned self] outcome in over(outcome) }
            movie.onLeft = { [unowned self] connection in left(connection) }
            movie.onMove = { [unowned self] place in move(to: place) }
            self.movie = movie
            movie.begin(on: connection)
            return
        }
        let plain = PatientSubscription(
            options.track, parameters: parameters, patience: options.patience,
            common: options.common, log: runner.log)
        plain.onObject = { [unowned self] object in
            count(object)
            write(options.framing.encoded(object.bytes))
            if objectCount == options.count { finish(.done) }
        }
        plain.onGap = { [unowned self] from, to in gap(from, to) }
        plain.onOutcome = { [unowned self] outcome in over(outcome) }
        plain.onLeft = { [unowned self] connection in left(connection) }
        plain.onMove = { [unowned self] place in move(to: place) }
        self.plain = plain
        plain.begin(on: connection)
    }

    private func move(to place: ClientConfiguration) {
        redirectedFrom = redirectedFrom ?? self.place?.current
        self.place?.move(to: place)
    }

    /// Nothing comes from an old relay any more: says goodbye to it.
    private func left(_ connection: ClientConnection) {
        guard connection !== place?.current, plain?.uses(connection) != true, movie?.uses(connection) != true
        else { return }
        runner?.log.info("left \(connection.configuration.authority)")
        connection.close()
    }

    private func count(_ object: ReceivedObject) {
        objectCount += 1
        byteCount += UInt64(object.byteCount)
        if lastGroup.map({ object.location.group > $0 }) ?? true { groupCount += 1 }
        lastGroup = max(lastGroup ?? 0, object.location.group)
        if let captured = object.captureTime { latency.add(from: captured, to: Runner.wallClock()) }
        if let idleTimer, let timeout = options.timeout, let runner {
            runner.loop.reschedule(idleTimer, at: runner.now.advanced(byMilliseconds: timeout))
        }
        if options.framing == .fmp4, objectCount == options.count { finish(.done) }
    }

    private func write(_ bytes: [UInt8]) {
        guard let runner, !runner.isFinished else { return }
        if sink?.write(bytes) == false {
            runner.fail(.failed, "cannot write the output: its reader has gone or the disk is full")
        }
    }

    private func gap(_ from: Location, _ to: Location) {
        gapCount += 1
        runner?.log.info("missing: objects from \(from.group).\(from.object) up to \(to.group).\(to.object)")
    }

    // MARK: The end

    private func over(_ outcome: PatientSubscription.Outcome) {
        switch outcome {
        case .failed(let code, let text):
            runner?.fail(code, text)
        case .ended:
            // Bytes with a hole in them are not the publisher's bytes.
            if gapCount > 0, options.framing == .raw || options.framing == .length {
                runner?.fail(
                    .failed, "parts of the track are missing (\(gapCount) gaps): the output is not complete")
            } else {
                finish(.done)
            }
        }
    }

    private func finish(_ code: ExitCode) {
        place?.stop()
        plain?.cancel()
        movie?.cancel()
        runner?.finish(code)
    }

    private func timedOut() {
        let what = objectCount == 0 ? "nothing has come" : "nothing more has come"
        runner?.fail(.timedOut, "\(what) of \(NamespaceText.text(options.track)) in time")
    }

    // MARK: Progress

    private func tick() {
        guard let runner else { return }
        runner.loop.schedule(afterMilliseconds: ProgressLine.interval) { [weak self, unowned runner] in
            guard let self, !runner.isFinished else { return }
            movie?.tick()
            meter.update(byteCount: byteCount, atMilliseconds: runner.milliseconds)
            if !options.common.isJSON { progress.update(progressText, atMilliseconds: runner.milliseconds) }
            tick()
        }
    }

    private var progressText: String {
        if objectCount == 0 { return "waiting for \(NamespaceText.text(options.track))" }
        var text =
            "\(Quantity.bitRate(bitsPerSecond: meter.bitsPerSecond))  group \(lastGroup ?? 0)  "
            + "\(objectCount) objects  \(Quantity.bytes(byteCount))"
        if let recent = latency.recent { text += "  latency \(Quantity.decimal(recent, digits: 1)) ms" }
        if gapCount > 0 { text += "  \(gapCount) gaps" }
        return text
    }

    private func summarize(_ code: ExitCode) {
        progress.clear()
        if options.common.isJSON {
            var line = JSONLine(event: "received")
            line.add("exit", code.rawValue)
            line.add("draft", draft)
            line.add("objects", objectCount)
            line.add("groups", groupCount)
            line.add("bytes", byteCount)
            line.add("gaps", gapCount)
            line.add("latency_ms_p50", latency.percentile(0.5))
            line.add("latency_ms_p99", latency.percentile(0.99))
            StandardStream.write(line.text, to: 2)
        } else if options.common.log.level >= .info || StandardStream.isTerminal(2), objectCount > 0 {
            var text = "received \(objectCount) objects in \(groupCount) groups, \(Quantity.bytes(byteCount))"
            if let median = latency.percentile(0.5), let worst = latency.percentile(0.99) {
                text +=
                    "; latency median \(Quantity.decimal(median, digits: 1)) ms, "
                    + "99% \(Quantity.decimal(worst, digits: 1)) ms"
            }
            if gapCount > 0 { text += "; \(gapCount) gaps" }
            progress.finish(text)
        }
    }
}
