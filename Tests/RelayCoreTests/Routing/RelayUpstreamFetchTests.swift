import MOQTModel
import Testing

@testable import RelayCore

@Suite("FETCH for what the relay does not hold (draft-18 section 10.12.3)")
struct RelayUpstreamFetchTests {
    let house = RelayHarness { $0.servesFetch = true }
    let name = FullTrackName("live/cam/video")
    let range = FetchRange(start: .zero, endGroup: 3, endObject: nil)

    private func fetch(_ session: SessionKey) {
        let range = Fetch.Range.standalone(track: name, start: .zero, endGroup: 3, endObject: nil)
        house.send(.fetchReceived(session, Fetch(requestID: house.request(), range: range)))
    }

    private func want(_ reader: FetchReader, _ range: FetchRange? = nil) {
        house.send(.upstreamFetchWanted(reader, .name(name), range ?? self.range, .ascending))
    }

    private var asked: [(session: SessionKey, id: UpstreamFetchID, readers: [FetchReader])] {
        house.actions.compactMap {
            if case .fetchUpstream(let session, let id, _, let readers) = $0 {
                (session, id, readers)
            } else {
                nil
            }
        }
    }
    private var refused: [RequestErrorCode] {
        house.actions.compactMap {
            if case .refuseFetchReader(_, let failure) = $0 { failure.code } else { nil }
        }
    }

    @Test("for a track that nobody asked for, the namespace's publisher is asked; without one it is refused")
    func unknownTrack() {
        let subscriber = house.open()
        fetch(subscriber)
        #expect(house.refusals == [.doesNotExist])
        house.publishNamespace(house.open(), "live")
        fetch(subscriber)
        #expect(house.count { if case .serveFetchUpstream(subscriber, _) = $0 { true } else { false } } == 1)
    }

    @Test("a track whose publisher has not answered yet is not known")
    func unansweredTrack() throws {
        let (publisher, subscriber) = (house.open(), house.open())
        house.publishNamespace(publisher, "live")
        house.subscribe(subscriber, name)
        let track = try #require(house.asked.first).track
        fetch(subscriber)
        #expect(house.count { if case .serveFetchUpstream = $0 { true } else { false } } == 1)
        house.accept(publisher, track)
        fetch(subscriber)
        #expect(house.count { if case .serveFetch = $0 { true } else { false } } == 1)
    }

    @Test("equal ranges share one FETCH until something of it has come")
    func shared() throws {
        let publisher = house.open()
        house.publishNamespace(publisher, "live")
        let readers = (0..<3).map { _ in FetchReader(session: house.open(), pipe: 1) }
        want(readers[0])
        let first = try #require(asked.first)
        #expect(first.session == publisher && first.readers == [readers[0]])
        want(readers[1])
        #expect(asked.isEmpty)
        #expect(
            house.count {
                if case .addFetchReader(publisher, first.id, readers[1], _) = $0 { true } else { false }
            } == 1)
        house.send(.upstreamFetchAnswered(publisher, first.id, nil))
        want(readers[2])
        #expect(asked.map(\.session) == [publisher])
        #expect(asked.first?.id != first.id)
    }

    @Test("another range or order is another FETCH")
    func different() {
        house.publishNamespace(house.open(), "live")
        let session = house.open()
        want(FetchReader(session: session, pipe: 1))
        want(FetchReader(session: session, pipe: 2), FetchRange(start: .zero, endGroup: 2, endObject: nil))
        #expect(asked.count == 1)
        house.send(
            .upstreamFetchWanted(FetchReader(session: session, pipe: 3), .name(name), range, .descending))
        #expect(asked.count == 1)
    }

    @Test("a publisher that refuses is followed by the next; the last one's answer is everybody's")
    func refusal() throws {
        let (older, newer) = (house.open(), house.open())
        house.publishNamespace(older, "live")
        house.publishNamespace(newer, "live")
        let reader = FetchReader(session: house.open(), pipe: 7)
        want(reader)
        let first = try #require(asked.first)
        #expect(first.session == newer)
        house.send(.upstreamFetchAnswered(newer, first.id, RequestFailure(.notSupported)))
        #expect(asked.map(\.session) == [older])
        #expect(asked.first?.readers == [reader])
        house.send(.upstreamFetchAnswered(older, first.id, RequestFailure(.invalidRange)))
        #expect(asked.isEmpty && refused == [.invalidRange])
    }

    @Test("who feeds the track now is asked before those who published its namespace")
    func feedingFirst() throws {
        let (announcer, feeder, subscriber) = (house.open(), house.open(), house.open())
        house.publishNamespace(announcer, "live", "cam")
        house.publish(feeder, name)
        house.subscribe(subscriber, name)
        want(FetchReader(session: subscriber, pipe: 1))
        #expect(asked.map(\.session) == [feeder])
    }

    @Test("a publisher that does not answer or goes away is followed by the next")
    func silence() throws {
        let (first, second, third) = (house.open(), house.open(), house.open())
        for session in [first, second, third] { house.publishNamespace(session, "live") }
        want(FetchReader(session: house.open(), pipe: 1))
        let id = try #require(asked.first).id
        house.advance(milliseconds: house.relay.limits.upstreamAnswerTimeout)
        #expect(house.count { if case .cancelFetchUpstream(third, id) = $0 { true } else { false } } == 1)
        #expect(asked.map(\.session) == [second])
        house.send(.sessionClosed(second))
        #expect(asked.map(\.session) == [first])
    }

    @Test("who wants it no more is taken from the FETCH, also by going away")
    func unwanted() throws {
        let publisher = house.open()
        house.publishNamespace(publisher, "live")
        let (staying, leaving) = (house.open(), house.open())
        want(FetchReader(session: staying, pipe: 1))
        let id = try #require(asked.first).id
        want(FetchReader(session: leaving, pipe: 1))
        func removals() -> Int {
            house.count { if case .removeFetchReader(publisher, id, _) = $0 { true } else { false } }
        }
        house.send(.sessionClosed(leaving))
        #expect(removals() == 1)
        house.send(.upstreamFetchUnwanted(FetchReader(session: staying, pipe: 1)))
        #expect(removals() == 1)
        house.send(.upstreamFetchAnswered(publisher, id, RequestFailure(.internalError)))
        #expect(asked.isEmpty && refused.isEmpty)
    }

    @Test(
        "a session waits for a bounded number of parts, and a publisher is asked for a bounded number at once"
    )
    func bounds() {
        let house = RelayHarness {
            $0.fetchReadsPerSession = 3
            $0.upstreamFetchesPerSession = 2
        }
        house.publishNamespace(house.open(), "live")
        let session = house.open()
        for pipe in 1...4 as ClosedRange<UInt64> {
            let range = FetchRange(start: .zero, endGroup: pipe, endObject: nil)
            house.send(
                .upstreamFetchWanted(
                    FetchReader(session: session, pipe: pipe), .name(name), range, .ascending))
            let isAsked = house.count { if case .fetchUpstream = $0 { true } else { false } } == 1
            #expect(isAsked == (pipe <= 2))
            #expect(
                house.count { if case .refuseFetchReader = $0 { true } else { false } } == (pipe <= 2 ? 0 : 1)
            )
        }
    }
}
