import MOQTModel
import MOQTWire
import Testing

@testable import MOQTSession

/// Token aliases as the peer uses them (draft-19 section 10.2.2).
@Suite struct TokenCacheTests {
    private func isUnknown(_ cache: inout TokenCache, _ alias: UInt64) -> Bool {
        do throws(SessionFailure) {
            _ = try cache.resolve([.useAlias(alias)], isSetup: false)
            return false
        } catch {
            return error.code == .unknownAuthTokenAlias
        }
    }

    // Rules: 19-10.2.2-1, 19-10.2.2-2, 19-10.2.2-9
    @Test("An alias means its token until it is deleted, whatever became of the token; then it is free again")
    func life() throws {
        var cache = TokenCache(limit: 40)
        _ = try cache.resolve([.register(alias: 5, type: 7, value: [1, 2])], isSetup: false)
        for _ in 0..<3 {
            #expect(
                try cache.resolve([.useAlias(5)], isSetup: false) == [.useValue(type: 7, value: [1, 2])])
        }
        #expect(try cache.resolve([.delete(alias: 5)], isSetup: false) == [])
        #expect(isUnknown(&cache, 5))
        // Its room is free too: 40 bytes hold one token of up to 24.
        _ = try cache.resolve(
            [.register(alias: 5, type: 1, value: Array(repeating: 9, count: 24))], isSetup: false)
        #expect(!isUnknown(&cache, 5))
    }

    // Rules: 19-10.3.1.4-1, 19-10.3.1.4-2
    @Test("What SETUP registers beyond the limit counts as a value and leaves no alias")
    func setup() throws {
        var cache = TokenCache(limit: 20)
        let shown = try cache.resolve(
            [
                .register(alias: 1, type: 7, value: [1, 2, 3]), .register(alias: 2, type: 7, value: [4]),
            ], isSetup: true)
        #expect(shown == [.useValue(type: 7, value: [1, 2, 3]), .useValue(type: 7, value: [4])])
        #expect(!isUnknown(&cache, 1))
        #expect(isUnknown(&cache, 2))
    }

    // Rules: 19-10.2.2-8
    @Test("A token is registered though its message is refused", arguments: RequestStreamTests.drafts)
    func refused(_ draft: Draft) {
        let probe = Probe.established(draft) { $0.tokenCacheByteCount = 40 }
        var subscribe = Subscribe(requestID: RequestID(0), track: RequestStreamTests.track)
        subscribe.parameters.authorizationTokens = [.register(alias: 3, type: 0, value: [1])]
        probe.request(.subscribe(subscribe))
        probe.session.refuse(RequestID(0), RequestFailure(.unauthorized))
        probe.drain()
        subscribe.requestID = RequestID(2)
        subscribe.parameters.authorizationTokens = [.useAlias(3)]
        probe.request(.subscribe(subscribe))
        #expect(probe.close == nil)
        guard case .subscribeReceived(let second)? = probe.events.last else {
            Issue.record("no second SUBSCRIBE")
            return
        }
        #expect(second.parameters.authorizationTokens == [.useValue(type: 0, value: [1])])
    }
}
