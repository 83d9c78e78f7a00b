import MOQTClient
import QUICTransport
import Testing

@Suite struct ReconnectPolicyTests {
    @Test func delaysDoubleUpToTheMaximumAndBeginAgainAfterSuccess() {
        var policy = ReconnectPolicy(jitterPercent: 0)
        let delays = (0..<8).map { _ in policy.nextDelay(chance: 12345) }
        #expect(delays == [250, 500, 1000, 2000, 4000, 5000, 5000, 5000])
        #expect(policy.attemptCount == 8)
        policy.succeeded()
        #expect(policy.nextDelay(chance: 0) == 250)
    }

    @Test func chanceTakesAtMostAQuarterAway() {
        var smallest = UInt64.max
        var largest: UInt64 = 0
        for chance: UInt64 in 0..<1000 {
            var policy = ReconnectPolicy()
            let delay = policy.nextDelay(chance: chance)
            smallest = min(smallest, delay)
            largest = max(largest, delay)
        }
        #expect(smallest == 188)
        #expect(largest == 250)
    }

    @Test func noNumberOverflows() {
        var policy = ReconnectPolicy(initialDelay: .max, maximumDelay: .max, jitterPercent: 100)
        for _ in 0..<100 { #expect(policy.nextDelay(chance: .max) > 0) }
        var small = ReconnectPolicy(initialDelay: 0, maximumDelay: 0)
        #expect(small.nextDelay(chance: 7) == 1)
    }

    @Test(
        "Only what may pass by itself is tried again",
        arguments: [
            (ClientClosure.idleTimeout, true), (.unreachable(""), true),
            (.transport(code: 1, reason: ""), true),
            (.closedByPeer(code: 0, reason: ""), true), (.closedByPeer(code: 0x10, reason: ""), true),
            (.closedByPeer(code: 2, reason: ""), false), (.closedByPeer(code: 3, reason: ""), false),
            (.refused(status: 503), true), (.refused(status: 404), false), (.handshakeFailed(""), false),
            (.local, false),
        ])
    func closures(closure: ClientClosure, mayPass: Bool) {
        #expect(closure.mayPass == mayPass)
    }

    @Test func goAwayURIsNameAPlace() throws {
        var here = ClientConfiguration(carrier: .quic, host: "a.example", port: 1)
        here.verification = .insecure
        let there = try #require(here.redirected(to: "https://b.example:99/x?y=z#f"))
        #expect(there.carrier == .webTransport && there.host == "b.example" && there.port == 99)
        #expect(there.authority == "b.example:99" && there.path == "/x?y=z")
        if case .insecure = there.verification {} else { Issue.record("the verification is not kept") }
        let six = try #require(here.redirected(to: "moqt://[::1]:4443"))
        #expect(six.carrier == .quic && six.host == "::1" && six.port == 4443 && six.path == "/")
        #expect(here.redirected(to: "moqt://c.example")?.port == 443)
        for bad in [
            "", "b.example", "http://b", "moqt://", "moqt://:1/", "moqt://h:0/", "moqt://h:99999/",
            "moqt://h:/",
            "moqt://[::1", "moqt://u@h/", "moqt://a b/", "moqt://[::1]x/",
        ] {
            #expect(here.redirected(to: bad) == nil, "\(bad)")
        }
    }
}
