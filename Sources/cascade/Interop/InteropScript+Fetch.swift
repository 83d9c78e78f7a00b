import MOQTClient
import MOQTModel
import MOQTSession

/// Steps with FETCH.
extension InteropScript {
    /// What a FETCH has brought.
    final class Fetched {
        var failure: RequestFailure?
        var objects: [ReceivedObject] = []
        var isOver = false
        var fetch: TrackFetch?

        func received(_ event: TrackFetch.Event) {
            switch event {
            case .accepted, .gap: break
            case .refused(let reason):
                failure = reason
                isOver = true
            case .object(let object): objects.append(object)
            case .ended, .broken: isOver = true
            }
        }
    }

    /// Makes a FETCH with `request`, which gets the handler of its events.
    func beginFetch(
        _ request: (@escaping (TrackFetch.Event) -> Void) throws(SessionCommandFailure) -> TrackFetch
    ) throws(Failure) -> Fetched {
        let fetched = Fetched()
        do throws(SessionCommandFailure) {
            fetched.fetch = try request { fetched.received($0) }
        } catch {
            throw Failure("nothing", "FETCH cannot be sent: \(FailureText.name(error))")
        }
        return fetched
    }

    /// Fetches to the end.
    func fetched(
        on connection: ClientConnection,
        _ request: (@escaping (TrackFetch.Event) -> Void) throws(SessionCommandFailure) -> TrackFetch
    ) throws(Failure) -> Fetched {
        let fetched = try beginFetch(request)
        try until("the end of the FETCH", connection, timeout: 3000) { fetched.isOver }
        return fetched
    }

    /// Fetches exactly these objects, whole and in this order.
    func fetch(
        _ wanted: [Location], on connection: ClientConnection,
        _ request: (@escaping (TrackFetch.Event) -> Void) throws(SessionCommandFailure) -> TrackFetch
    ) throws(Failure) {
        let fetched = try fetched(on: connection, request)
        if let failure = fetched.failure {
            if failure.code == .notSupported { throw Failure.skip("FETCH is not supported") }
            throw Failure("REQUEST_ERROR", FailureText.request("FETCH", failure))
        }
        let came = fetched.objects.map(\.location)
        guard came == wanted, fetched.objects.allSatisfy({ $0.bytes == Self.payload($0.location) }) else {
            throw Failure(Self.text(came), "wanted \(Self.text(wanted))")
        }
    }
}
