import Containers
import MOQTModel
import MOQTSession

/// A subscription that follows its owner from connection to connection (see `ResilientConnection`): each object
/// once, in order, however many relays it came from. It waits for its publisher where there is none yet.
public final class MigratingSubscription {
    public enum Event {
        /// A relay has accepted it, the first or a later one.
        case accepted(largest: Location?, TrackProperties)
        case object(ReceivedObject)
        /// Objects from `from` up to (not including) `to` will not come.
        case gap(from: Location, to: Location)
        /// Nobody publishes the track yet; said each time that this is found.
        case waiting(String)
        /// It needs this connection no longer: it has moved on.
        case left(ClientConnection)
        /// The publisher ended the track; nothing follows.
        case ended
        /// It will not come, any more or at all; nothing follows.
        case failed(Failure)
    }

    public enum Failure: Sendable {
        case refused(RequestFailure)
        case ended(PublishDoneStatus, reason: String)
        /// Before the end of the track; with its connection when that says why.
        case brokenOff(ClientClosure?)
        case cannotBeSent(SessionCommandFailure)
    }

    /// Changes when it is retargeted.
    public private(set) var track: FullTrackName
    /// The subscription was redirected on this connection. True: the owner has retargeted it, or will; false (the
    /// default): it has failed.
    public var onRedirect: (Redirect, ClientConnection) -> Bool = { _, _ in false }
    /// Whether the loss of a connection is waited out until the owner brings the next one.
    public var survivesLoss: Bool
    /// A relay asks for this subscription to move to a URI and goes on meanwhile: the owner connects there and calls
    /// `begin`. Where the relay names no URI the subscription is made anew by itself.
    public var onGoAway: (String, ClientConnection) -> Void = { _, _ in }
    /// What has been handed out, for a later program.
    public var resume: ResumePoint { handOver.resume }
    public var receivedByteCount: UInt64 { legs.values.reduce(0) { $0 + $1.receivedByteCount } }

    private let parameters: MessageParameters
    private let patience: UInt64
    private let onEvent: (Event) -> Void
    private var handOver: HandOver
    private var legs: [Int: SubscriptionLeg] = [:]
    private var lastLeg = 0
    private var isOver = false

    /// `patienceMilliseconds`: how long objects wait for missing ones in front of them. With a fill among `parameters`
    /// (see `ClientConnection.subscribe`) the past comes first; one that begins at a location is also held to that: nothing
    /// before it is handed out, wherever the track has got to.
    public init(
        _ track: FullTrackName, parameters: MessageParameters, patienceMilliseconds: UInt64 = 2_000,
        survivesLoss: Bool = true, onEvent: @escaping (Event) -> Void
    ) {
        self.track = track
        self.parameters = parameters
        patience = patienceMilliseconds
        self.survivesLoss = survivesLoss
        self.onEvent = onEvent
        if case .from(let start)? = parameters.fill?.filter {
            handOver = HandOver(from: start)
        } else {
            handOver = HandOver()
        }
    }

    /// Subscribes on `connection`, which is established: from the beginning that was asked for, or from where it
    /// has got to. A connection that it is on already goes on until the new one has reached it.
    public func begin(on connection: ClientConnection) {
        guard !isOver, !uses(connection) else { return }
        lastLeg += 1
        let number = lastLeg
        var parameters = parameters
        if var fill = parameters.fill {
            fill.filter = handOver.resume.filter(insteadOf: fill.filter)
            parameters.fill = fill
        } else {
            parameters.filter = handOver.resume.filter(insteadOf: parameters.filter)
        }
        let leg = SubscriptionLeg(track, on: connection, parameters: parameters, patience: patience) {
            [weak self] event in self?.received(event, number)
        }
        legs[number] = leg
        handOut(handOver.begin(number))
        leg.start()
    }

    /// Asks for another track from the next `begin` on.
    public func retarget(to track: FullTrackName) { self.track = track }

    public func uses(_ connection: ClientConnection) -> Bool {
        legs.values.contains { $0.connection === connection }
    }

    /// Leaves the track; no event follows.
    public func cancel() {
        isOver = true
        let all = legs.values
        legs = [:]
        for leg in all { leg.cancel() }
    }

    private func received(_ event: SubscriptionLeg.Event, _ number: Int) {
        guard !isOver else { return }
        switch event {
        case .accepted(let largest, let properties): onEvent(.accepted(largest: largest, properties))
        case .object(let object): handOut(handOver.received(object, on: number))
        case .gap(let from, let to): handOut(handOver.gap(from: from, to: to, on: number))
        case .sentAway(let uri): sentAway(number, to: uri)
        case .waiting(let why): onEvent(.waiting(why))
        case .ended(let status, let reason):
            switch status {
            case .trackEnded, .subscriptionEnded:
                over(number, withTrack: true, .brokenOff(nil), mayPass: false)
            case .goingAway: over(number, withTrack: false, .ended(status, reason: reason), mayPass: true)
            default: over(number, withTrack: false, .ended(status, reason: reason), mayPass: false)
            }
        case .refused(let failure): over(number, withTrack: false, .refused(failure), mayPass: false)
        case .abandoned(let closed):
            let closure = closed ? legs[number]?.connection.closure : nil
            over(number, withTrack: false, .brokenOff(closure), mayPass: closed)
        case .cannotBeSent(let failure):
            over(number, withTrack: false, .cannotBeSent(failure), mayPass: false)
        }
    }

    private func sentAway(_ number: Int, to uri: String) {
        guard let leg = legs[number] else { return }
        guard uri.isEmpty else { return onGoAway(uri, leg.connection) }
        // One session has one subscription to a track, so the old one goes first; the new one begins where it was.
        legs[number] = nil
        leg.cancel()
        handOut(handOver.ended(number, withTrack: false))
        begin(on: leg.connection)
    }

    /// A leg is over; the whole is when no other leg goes on and none may follow.
    private func over(_ number: Int, withTrack: Bool, _ failure: Failure, mayPass: Bool) {
        let left = legs.removeValue(forKey: number)
        handOut(handOver.ended(number, withTrack: withTrack))
        if let left, !isOver { onEvent(.left(left.connection)) }
        guard !isOver, legs.isEmpty, !mayPass || !survivesLoss else { return }
        if case .refused(let refusal) = failure, refusal.code == .redirect, let redirect = refusal.redirect,
            let left, onRedirect(redirect, left.connection)
        {
            return
        }
        cancel()
        onEvent(.failed(failure))
    }

    private func handOut(_ outputs: [HandOver.Output]) {
        for output in outputs {
            guard !isOver else { return }
            switch output {
            case .object(let object): onEvent(.object(object))
            case .gap(let from, let to): onEvent(.gap(from: from, to: to))
            case .leave(let number):
                guard let leg = legs.removeValue(forKey: number) else { continue }
                leg.cancel()
                onEvent(.left(leg.connection))
            case .ended:
                cancel()
                onEvent(.ended)
            }
        }
    }
}
