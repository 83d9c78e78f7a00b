import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import Media
import QUICTransport
import Tooling

/// `cascade fetch`: from connecting to the last object of the range.
final class FetchCommand {
    static let syntax = FetchOptions.syntax

    private let options: FetchOptions
    private var runner: Runner?
    private var sink: OutputSink?
    private var connection: ClientConnection?
    private var fetch: TrackFetch?
    private var idleTimer: TimerID?
    private var trail: RedirectTrail
    private var track: FullTrackName

    private var objectCount: UInt64 = 0
    private var byteCount: UInt64 = 0
    private var unknownCount = 0
    private var end: (group: UInt64, object: UInt64?, isEndOfTrack: Bool)?

    init(_ arguments: Arguments) throws(UsageError) {
        options = try FetchOptions(arguments)
        track = options.track
        trail = RedirectTrail(options.common.client, options.track)
    }

    func run() throws(UsageError) -> ExitCode {
        let runner: Runner
        do throws(TransportError) { runner = try Runner(options.common) } catch {
            throw UsageError(error.message)
        }
        self.runner = runner
        sink = try OutputSink(options.output)
        runner.onInterrupt = { [unowned self] in
            fetch?.cancel()
            runner.finish(.failed)
        }
        connection = runner.connect { [unowned self] connection in established(connection) }
        guard connection != nil else { return .failed }
        idleTimer = runner.loop.schedule(afterMilliseconds: options.timeout) { [unowned self] in timedOut() }
        let code = runner.run()
        summarize(code)
        return code
    }

    private func established(_ connection: ClientConnection) {
        var parameters = MessageParameters()
        parameters.subscriberPriority = options.priority
        parameters.groupOrder = options.order
        do {
            fetch = try connection.fetch(
                track, from: options.start, endGroup: options.endGroup, endObject: options.endObject,
                parameters: parameters
            ) { [unowned self] in take($0) }
        } catch {
            runner?.fail(.failed, "this draft cannot say that FETCH")
        }
    }

    private func take(_ event: TrackFetch.Event) {
        guard let runner else { return }
        if let idleTimer {
            runner.loop.reschedule(idleTimer, at: runner.now.advanced(byMilliseconds: options.timeout))
        }
        switch event {
        case .accepted(let group, let object, let isEndOfTrack, _): end = (group, object, isEndOfTrack)
        case .refused(let failure) where failure.code == .redirect && options.common.followsRedirects:
            if let redirect = failure.redirect { follow(redirect) }
        case .refused(let failure):
            runner.fail(.refused, FailureText.request("the fetch", failure))
        case .object(let object):
            guard object.status == .normal else { return }
            objectCount += 1
            byteCount += UInt64(object.byteCount)
            if sink?.write(options.framing.encoded(object.bytes)) == false {
                runner.fail(.failed, "cannot write the output: its reader has gone or the disk is full")
            }
        case .gap(let gap, let through):
            guard gap != .nonExistent else { return }
            unknownCount += 1
            runner.log.warning("the relay does not know what there is up to \(Self.text(through))")
        case .ended: ended()
        case .broken(let code):
            let why = code.map { " (\(FailureText.name($0)))" } ?? ""
            runner.fail(.failed, "the fetch broke off\(why)")
        }
    }

    private func follow(_ redirect: Redirect) {
        guard let runner, let old = connection else { return }
        do throws(RedirectTrail.Failure) {
            let step = try trail.follow(redirect)
            track = step.track
            guard let place = step.configuration else { return established(old) }
            runner.log.info("redirected to \(Printable.escaped(redirect.connectURI))")
            old.onClosed = { _ in }
            old.close()
            connection = runner.connect(to: place) { [unowned self] connection in established(connection) }
        } catch {
            runner.fail(.refused, "the fetch was \(FailureText.redirect(error))")
        }
    }

    private func ended() {
        // Bytes with a hole in them are not the publisher's bytes.
        if unknownCount > 0, options.framing != .lines {
            runner?.fail(.failed, "parts of the range are missing: the output is not complete")
        } else {
            runner?.finish(.done)
        }
    }

    private func timedOut() {
        let what = objectCount == 0 ? "nothing has come" : "nothing more has come"
        runner?.fail(.timedOut, "\(what) of \(NamespaceText.text(options.track)) in time")
    }

    private static func text(_ location: Location) -> String {
        location.object >= (1 << 62) - 1
            ? "the end of group \(location.group)" : "\(location.group).\(location.object)"
    }

    private func summarize(_ code: ExitCode) {
        if options.common.isJSON {
            var line = JSONLine(event: "fetched")
            line.add("exit", code.rawValue)
            line.add("draft", connection?.draft?.number)
            line.add("objects", objectCount)
            line.add("bytes", byteCount)
            line.add("unknown_ranges", unknownCount)
            line.add("end_group", end?.group)
            line.add("end_object", end?.object)
            if let end { line.add("end_of_track", end.isEndOfTrack) }
            StandardStream.write(line.text, to: 2)
        } else if let end {
            let place = Location(group: end.group, object: end.object ?? .max)
            options.common.log.info(
                "fetched \(objectCount) objects, \(Quantity.bytes(byteCount)), up to \(Self.text(place))"
                    + (end.isEndOfTrack ? ", the end of the track" : ""))
        }
    }
}
