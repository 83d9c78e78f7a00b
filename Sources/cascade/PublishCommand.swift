import Containers
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
    private var place: ResilientConnection?
    private var draft: Int?
    private var offers: [PublishOffer] = []
    private var feeder: (any Feeder)?
    private var tracks: [TrackPublisher] = []
    private var hasStarted = false
    private var hasEnded = false
    private var isLeaving = false
    private var trail: RedirectTrail?
    /// Looks, 100 ms apart, at FETCHes that are still being answered after the end.
    private var fetchPatience = 100
    private var progress = ProgressLine.standardError()
    private var meter = TrafficMeter()

    private var lastSubscribed: Instant?

    /// Milliseconds that the input waits, after a relay has died, for subscribers to come back.
    private static let returnPatience: UInt64 = 3_000

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
        place = runner.connectResiliently { [unowned self] connection in established(connection) }
        guard place != nil else { return .failed }
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
        draft = connection.draft?.number
        if feeder == nil {
            makeFeeder(connection, input, runner)
        } else {
            for track in tracks { connection.addTrack(track) }
            (feeder as? MovieFeeder)?.move(to: connection)
        }
        let offer = PublishOffer(connection, options)
        offer.onAccepted = { [unowned self] in
            startIfWanted(asked: false)
            retireOldConnections()
        }
        offer.onRefused = { [unowned self, unowned offer] failure, what in refused(offer, failure, what) }
        offer.onTimeout = { [unowned self, unowned offer] what in
            guard !hasBeenAsked, !hasEnded, offers.last === offer else { return }
            runner.fail(.timedOut, "the relay has not answered the announcement of \(what)")
        }
        connection.onPublishingSentAway = { [unowned self, unowned connection] uri in
            sentAway(connection, to: uri)
        }
        offers.append(offer)
        offer.make(tracks)
    }

    private func makeFeeder(_ connection: ClientConnection, _ input: InputSource, _ runner: Runner) {
        if options.framing == .fmp4 {
            let feeder = MovieFeeder(connection, input: input, options: options, loop: runner.loop)
            tracks = feeder.allTracks
            feeder.onTracks = { [unowned self] more in
                tracks += more
                watch(more)
                for offer in offers { offer.add(more) }
            }
            self.feeder = feeder
        } else {
            let track = connection.addTrack(options.name(options.track), properties: options.properties)
            tracks = [track]
            let feeder = RecordFeeder(track, input: input, options: options, loop: runner.loop)
            feeder.isSuspended = { [unowned self] in isBetweenRelays }
            self.feeder = feeder
        }
        feeder?.onFinished = { [unowned self] in inputFinished() }
        feeder?.onFailed = { [unowned self] reason in self.runner?.fail(.failed, reason) }
        watch(tracks)
    }

    /// Nobody could get what is written now: the relay is gone, and its successor has not asked yet.
    private var isBetweenRelays: Bool {
        guard options.common.reconnects, let runner else { return false }
        if tracks.contains(where: { $0.subscriptionCount > 0 }) {
            lastSubscribed = nil
            return false
        }
        guard hasBeenAsked, place?.current == nil || offers.count > 1 else { return false }
        let since = lastSubscribed ?? runner.now
        lastSubscribed = place?.current == nil ? nil : since
        return place?.current == nil || runner.now.milliseconds(since: since) < Self.returnPatience
    }

    private func refused(_ offer: PublishOffer, _ failure: RequestFailure, _ what: String) {
        guard let runner else { return }
        // A relay that is going away takes nothing back that counts, and one that has just come up may not be
        // rid of our old self.
        let isCurrent = offers.last === offer && place?.current === offer.connection
        guard isCurrent else { return }
        if options.common.followsRedirects, failure.code == .redirect, let redirect = failure.redirect {
            return follow(redirect, failure, what)
        }
        if offers.count > 1, failure.code == .goingAway || failure.code == .duplicateSubscription { return }
        runner.fail(.refused, FailureText.request(what, failure))
    }

    /// The relay wants us to publish elsewhere, and stays for those who are there.
    private func sentAway(_ connection: ClientConnection, to uri: String) {
        guard options.common.reconnects, place?.current === connection else { return }
        guard let next = connection.configuration.redirected(to: uri) else {
            if uri.isEmpty { offers.last?.renew() }
            return
        }
        runner?.log.info("the relay sends us to \(Printable.escaped(uri))")
        place?.move(to: next)
    }

    /// To another place; a track is published under its own name or not at all.
    private func follow(_ redirect: Redirect, _ failure: RequestFailure, _ what: String) {
        guard let runner else { return }
        let isSame =
            (redirect.track.namespace.fields.isEmpty || redirect.track.namespace == options.namespace)
            && (redirect.track.name.isEmpty || tracks.contains { $0.name == redirect.track })
        guard isSame else { return runner.fail(.refused, FailureText.request(what, failure)) }
        do throws(RedirectTrail.Failure) {
            let here = FullTrackName(namespace: options.namespace, name: [])
            var trail = self.trail ?? RedirectTrail(options.common.client, here)
            let step = try trail.follow(Redirect(connectURI: redirect.connectURI, track: here))
            self.trail = trail
            guard let next = step.configuration else { throw .circle }
            runner.log.info("redirected to \(Printable.escaped(redirect.connectURI))")
            place?.move(to: next)
        } catch {
            // The other tracks of one offer are sent to the same place.
            if error == .circle, place?.isMoving == true { return }
            runner.fail(.refused, "\(what) was \(FailureText.redirect(error))")
        }
    }

    /// Leaves relays that somebody has taken the place of, when they need us no longer.
    private func retireOldConnections() {
        guard let current = place?.current, offers.last?.isAccepted == true else { return }
        for offer in offers where offer.connection !== current && !offer.connection.isDelivering {
            if !offer.connection.isClosed { leave(offer) }
        }
        offers.removeAll { $0.connection.isClosed }
    }

    private func leave(_ offer: PublishOffer) {
        guard !offer.isLeaving, let runner else { return }
        offer.isLeaving = true
        let connection = offer.connection
        connection.whenDelivered { [weak self] in
            // It may have asked again.
            if connection.isDelivering {
                offer.isLeaving = false
                return
            }
            runner.log.info("left \(connection.configuration.authority)")
            connection.close()
            self?.offers.removeAll { $0 === offer }
        }
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
            track.onUnsubscribed = { [unowned self] in
                leaveIfDelivered()
                // The connection is about to be told the same.
                runner?.loop.schedule(afterMilliseconds: 1) { [weak self] in self?.retireOldConnections() }
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
        guard hasEnded, !isLeaving, let runner else { return }
        guard tracks.allSatisfy({ $0.subscriptionCount == 0 }) else { return }
        // Whoever still fetches the past gets a while.
        if place?.current?.isDelivering == true, fetchPatience > 0 {
            fetchPatience -= 1
            runner.loop.schedule(afterMilliseconds: 100) { [weak self] in self?.leaveIfDelivered() }
            return
        }
        isLeaving = true
        place?.stop()
        guard let connection = place?.current else { return runner.finish(.done) }
        connection.whenDelivered { [unowned self, unowned runner] in
            if connection.isClosed {
                return runner.fail(.failed, "the relay was lost before everything was delivered")
            }
            offers.last?.withdraw()
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
            line.add("draft", draft)
            line.add("objects", objects)
            line.add("bytes", byteCount)
            StandardStream.write(line.text, to: 2)
        } else if code == .done, options.common.log.level >= .info || StandardStream.isTerminal(2) {
            progress.finish("published \(objects) objects, \(Quantity.bytes(byteCount))")
        }
    }
}
