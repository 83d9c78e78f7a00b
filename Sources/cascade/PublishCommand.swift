import MOQTClient
import MOQTModel
import MOQTSession
import MOQTWire
import Media
import QUICTransport
import Tooling

/// `cascade publish`: from connecting to the last acknowledged byte.
final class PublishCommand {
    static let syntax = PublishOptions.syntax

    private let options: PublishOptions
    private var runner: Runner?
    private var input: InputSource?
    private var connection: ClientConnection?
    private var announcement: Announcement?
    private var feeder: (any Feeder)?
    private var tracks: [TrackPublisher] = []
    private var hasStarted = false
    private var hasEnded = false
    private var isLeaving = false
    private var progress = ProgressLine.standardError()
    private var meter = TrafficMeter()

    /// Milliseconds for the relay to answer PUBLISH_NAMESPACE or PUBLISH.
    private static let answerTimeout: UInt64 = 10_000

    init(_ arguments: Arguments) throws(UsageError) { options = try PublishOptions(arguments) }

    func run() throws(UsageError) -> ExitCode {
        let runner: Runner
        do throws(TransportError) { runner = try Runner(options.common) } catch {
            throw UsageError(error.message)
        }
        self.runner = runner
        input = try InputSource(options.input, loop: runner.loop)
        runner.onInterrupt = { [unowned self, unowned runner] in
            if let feeder, hasStarted { feeder.stop() } else { runner.finish(.done) }
        }
        connection = runner.connect { [unowned self] connection in established(connection) }
        guard connection != nil else { return .failed }
        if let timeout = options.timeout {
            runner.loop.schedule(afterMilliseconds: timeout) { [unowned self, unowned runner] in
                if !hasBeenAsked { runner.fail(.timedOut, "nobody has subscribed in time") }
            }
        }
        showProgress()
        let code = runner.run()
        summarize(code)
        return code
    }

    private var hasBeenAsked = false

    private func established(_ connection: ClientConnection) {
        guard let runner, let input else { return }
        if options.framing == .fmp4 {
            let feeder = MovieFeeder(connection, input: input, options: options, loop: runner.loop)
            tracks = feeder.allTracks
            feeder.onTracks = { [unowned self] more in
                tracks += more
                watch(more)
                if options.pushes { push(more) }
            }
            self.feeder = feeder
        } else {
            let track = connection.addTrack(options.name(options.track), properties: options.properties)
            tracks = [track]
            feeder = RecordFeeder(track, input: input, options: options, loop: runner.loop)
        }
        feeder?.onFinished = { [unowned self] in inputFinished() }
        feeder?.onFailed = { [unowned self] reason in self.runner?.fail(.failed, reason) }
        watch(tracks)
        offer(connection)
    }

    private func watch(_ tracks: [TrackPublisher]) {
        for track in tracks {
            let next = track.onSubscribed
            track.onSubscribed = { [unowned self, unowned track] in
                hasBeenAsked = true
                runner?.log.info("subscriber for \(NamespaceText.text(track.name))")
                next()
                startIfWanted(asked: true)
            }
            track.onUnsubscribed = { [unowned self] in leaveIfDelivered() }
        }
    }

    private func offer(_ connection: ClientConnection) {
        guard let runner else { return }
        if options.pushes {
            push(tracks)
            return
        }
        let what = "namespace \(NamespaceText.text(options.namespace))"
        do throws(SessionCommandFailure) {
            announcement = try connection.announce(options.namespace) {
                [unowned self, unowned runner] failure in
                if let failure {
                    runner.fail(.refused, FailureText.request("publishing in \(what)", failure))
                } else {
                    runner.log.info("\(what) is announced")
                    startIfWanted(asked: false)
                }
            }
            announcement?.onRevoked = { [unowned runner] failure in
                runner.fail(.refused, FailureText.request("publishing in \(what)", failure))
            }
        } catch {
            runner.fail(.failed, "\(what) cannot be announced: \(FailureText.name(error))")
        }
        runner.loop.schedule(afterMilliseconds: Self.answerTimeout) { [unowned self, unowned runner] in
            if announcement?.isAccepted == false, !hasBeenAsked, !hasEnded {
                runner.fail(.timedOut, "the relay has not answered the announcement of \(what)")
            }
        }
    }

    private func push(_ tracks: [TrackPublisher]) {
        guard let runner, let connection else { return }
        for track in tracks {
            let what = "PUBLISH of \(NamespaceText.text(track.name))"
            do throws(SessionCommandFailure) {
                try connection.push(track) { [unowned self, unowned runner] failure in
                    if let failure {
                        runner.fail(.refused, FailureText.request(what, failure))
                    } else {
                        startIfWanted(asked: false)
                    }
                }
            } catch {
                runner.fail(.failed, "\(what) cannot be sent: \(FailureText.name(error))")
            }
        }
    }

    /// `asked`: somebody has subscribed.
    private func startIfWanted(asked: Bool) {
        guard !hasStarted, let input, let runner else { return }
        // A movie's feeder holds its media back by itself: its catalog must be known first.
        if asked || options.start == .now || options.framing == .fmp4 {
            hasStarted = true
            feeder?.start()
        } else if options.start == nil, !input.isFile {
            runner.loop.schedule(afterMilliseconds: PublishOptions.pipeGrace) { [weak self] in
                guard let self, !hasStarted, !runner.isFinished else { return }
                hasStarted = true
                feeder?.start()
            }
        }
    }

    // MARK: The end

    private func inputFinished() {
        hasEnded = true
        leaveIfDelivered()
    }

    private func leaveIfDelivered() {
        guard hasEnded, !isLeaving, let connection, let runner else { return }
        guard tracks.allSatisfy({ $0.subscriptionCount == 0 }) else { return }
        isLeaving = true
        connection.whenDelivered { [unowned self, unowned runner] in
            announcement?.withdraw()
            connection.whenDelivered(orAfter: 1_000) { runner.finish(.done) }
        }
    }

    // MARK: Progress

    private func showProgress() {
        guard let runner else { return }
        runner.loop.schedule(afterMilliseconds: ProgressLine.interval) { [weak self, unowned runner] in
            guard let self, !runner.isFinished else { return }
            let byteCount = tracks.reduce(0) { $0 + $1.byteCount }
            meter.update(byteCount: byteCount, atMilliseconds: runner.milliseconds)
            if !options.common.isJSON {
                progress.update(progressText(byteCount), atMilliseconds: runner.milliseconds)
            }
            showProgress()
        }
    }

    private func progressText(_ byteCount: UInt64) -> String {
        guard hasStarted, byteCount > 0 else { return "waiting for subscribers" }
        let group = tracks.compactMap(\.group).last ?? 0
        let objects = tracks.reduce(0) { $0 + $1.objectCount }
        let subscriptions = tracks.reduce(0) { $0 + $1.subscriptionCount }
        return "\(Quantity.bitRate(bitsPerSecond: meter.bitsPerSecond))  group \(group)  \(objects) objects  "
            + "\(Quantity.bytes(byteCount))  \(subscriptions) subscription\(subscriptions == 1 ? "" : "s")"
    }

    private func summarize(_ code: ExitCode) {
        progress.clear()
        let byteCount = tracks.reduce(0) { $0 + $1.byteCount }
        let objects = tracks.reduce(0) { $0 + $1.objectCount }
        if options.common.isJSON {
            var line = JSONLine(event: "published")
            line.add("exit", code.rawValue)
            line.add("draft", connection?.draft?.number)
            line.add("objects", objects)
            line.add("bytes", byteCount)
            StandardStream.write(line.text, to: 2)
        } else if code == .done, options.common.log.level >= .info || StandardStream.isTerminal(2) {
            progress.finish("published \(objects) objects, \(Quantity.bytes(byteCount))")
        }
    }
}
