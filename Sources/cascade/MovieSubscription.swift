import Containers
import MOQTClient
import MOQTModel
import Media
import Tooling

/// Subscribes to a catalog, then to the tracks that it names, and puts them together as one MP4.
final class MovieSubscription {
    var onBytes: ([UInt8]) -> Void = { _ in }
    var onObject: (ReceivedObject) -> Void = { _ in }
    var onGap: (Location, Location) -> Void = { _, _ in }
    /// A connection is needed no longer.
    var onLeft: (ClientConnection) -> Void = { _ in }
    var onOutcome: (PatientSubscription.Outcome) -> Void = { _ in }
    var onMove: (ClientConfiguration) -> Void = { _ in }

    private struct Track {
        var subscription: PatientSubscription
        var isVideo: Bool
        /// Video is written from the beginning of a group on, also after a gap.
        var isDecodable: Bool
        var hasEnded = false
    }

    private let options: SubscribeOptions
    private let parameters: MessageParameters
    private let now: () -> Instant
    private let log: Log
    private var connection: ClientConnection?
    private var catalog: PatientSubscription?
    private var writer = FragmentedMP4Writer()
    private var interleaver = FragmentInterleaver(trackCount: 0)
    private var tracks: [Track] = []
    private var isOver = false

    init(
        _ options: SubscribeOptions, parameters: MessageParameters, now: @escaping () -> Instant, log: Log
    ) {
        self.options = options
        self.now = now
        self.parameters = parameters
        self.log = log
    }

    var receivedByteCount: UInt64 { tracks.reduce(0) { $0 + $1.subscription.receivedByteCount } }

    /// Subscribes on a connection that is established, for the first time or to move there.
    func begin(on connection: ClientConnection) {
        self.connection = connection
        for track in tracks where !track.hasEnded { track.subscription.begin(on: connection) }
        if let catalog { return catalog.begin(on: connection) }
        var urgent = parameters
        urgent.subscriberPriority = (parameters.subscriberPriority ?? TrackProperties.defaultPriority) / 2
        // A catalog that was published before is the one that is wanted.
        urgent.filter = .from(.zero)
        urgent.fill = nil
        let catalog = PatientSubscription(
            options.track, parameters: urgent, patience: 200, common: options.common,
            log: log)
        catalog.onLeft = { [unowned self] in onLeft($0) }
        catalog.onMove = { [unowned self] in onMove($0) }
        catalog.onObject = { [unowned self] object in catalogReceived(object) }
        catalog.onOutcome = { [unowned self] outcome in
            if tracks.isEmpty {
                if case .ended = outcome {
                    over(.failed(.failed, "the catalog ended without naming a track that can be played"))
                } else {
                    over(outcome)
                }
            }
        }
        self.catalog = catalog
        catalog.begin(on: connection)
    }

    func uses(_ connection: ClientConnection) -> Bool {
        catalog?.uses(connection) == true || tracks.contains { $0.subscription.uses(connection) }
    }

    func cancel() {
        isOver = true
        catalog?.cancel()
        for track in tracks { track.subscription.cancel() }
        flush(everything: true)
    }

    /// Writes what has waited long enough; call it a few times a second.
    func tick() { flush(everything: false) }

    private func catalogReceived(_ object: ReceivedObject) {
        guard !isOver, tracks.isEmpty else { return }
        do throws(MediaError) {
            let described = try MSFCatalog(json: object.bytes)
            var chosen: [(name: FullTrackName, isVideo: Bool)] = []
            for track in described.tracks.prefix(Movie.maximumTrackCount) where track.packaging == "cmaf" {
                guard let initialization = track.initialization else { continue }
                let index = try writer.addTrack(initialization: initialization)
                chosen.append((try name(of: track), writer.movieTrack(index).kind == .video))
            }
            if chosen.isEmpty {
                log.info("the catalog names no track that can be played yet")
                return
            }
            interleaver = FragmentInterleaver(trackCount: chosen.count)
            onBytes(try writer.initialization())
            for (index, (name, isVideo)) in chosen.enumerated() { subscribe(index, name, isVideo: isVideo) }
            if let connection { for track in tracks { track.subscription.begin(on: connection) } }
        } catch {
            over(.failed(.failed, error.message))
        }
    }

    private func name(of track: MSFTrack) throws(MediaError) -> FullTrackName {
        guard let text = track.namespace else {
            return FullTrackName(namespace: options.track.namespace, name: Array(track.name.utf8))
        }
        do throws(UsageError) {
            return FullTrackName(namespace: try NamespaceText.namespace(text), name: Array(track.name.utf8))
        } catch {
            throw MediaError("the catalog names a namespace that is none: \(error.message)")
        }
    }

    private func subscribe(_ index: Int, _ name: FullTrackName, isVideo: Bool) {
        let subscription = PatientSubscription(
            name, parameters: parameters, patience: options.patience,
            common: options.common, log: log)
        subscription.onLeft = { [unowned self] in onLeft($0) }
        subscription.onMove = { [unowned self] in onMove($0) }
        subscription.onObject = { [unowned self] object in mediaReceived(object, index) }
        subscription.onGap = { [unowned self] from, to in
            tracks[index].isDecodable = !isVideo
            onGap(from, to)
        }
        subscription.onOutcome = { [unowned self] outcome in
            tracks[index].hasEnded = true
            interleaver.end(track: index)
            flush(everything: false)
            if case .failed = outcome { return over(outcome) }
            if tracks.allSatisfy(\.hasEnded) { over(.ended) }
        }
        tracks.append(Track(subscription: subscription, isVideo: isVideo, isDecodable: !isVideo))
    }

    private func mediaReceived(_ object: ReceivedObject, _ index: Int) {
        guard !isOver else { return }
        onObject(object)
        if object.location.object == 0 { tracks[index].isDecodable = true }
        guard tracks[index].isDecodable else { return }
        do throws(MediaError) {
            let (bytes, decodeTime) = try writer.fragment(object.bytes, track: index)
            interleaver.push(
                bytes, track: index, decodeTime: decodeTime, timescale: writer.timescale(of: index),
                nowMilliseconds: now().nanoseconds / 1_000_000)
            flush(everything: false)
        } catch {
            over(.failed(.failed, error.message))
        }
    }

    private func flush(everything: Bool) {
        let limit = everything ? UInt64.max : now().nanoseconds / 1_000_000
        while let (bytes, _) = interleaver.pop(nowMilliseconds: limit) { onBytes(bytes) }
    }

    private func over(_ outcome: PatientSubscription.Outcome) {
        guard !isOver else { return }
        cancel()
        onOutcome(outcome)
    }
}
