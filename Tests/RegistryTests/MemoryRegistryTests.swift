import MOQTModel
import Testing

@testable import Registry

@Suite("MemoryRegistry: who publishes what, where")
struct MemoryRegistryTests {
    let one = RelayAddress(url: "moqt://one:4443", region: "north")
    let two = RelayAddress(url: "moqt://two:4443")
    let live = TrackNamespace("live")
    let cam = TrackNamespace("live", "cam")

    @Test("the longest prefix comes first, then the newest")
    func order() async throws {
        let registry = MemoryRegistry()
        try await registry.publish(live, at: one)
        try await registry.publish(cam, at: one)
        try await registry.publish(cam, at: two)
        try await registry.publish(TrackNamespace("li"), at: two)
        let found = await registry.publishers(of: TrackNamespace("live", "cam", "x"))
        #expect(
            found == [
                RegistryEntry(namespace: cam, relay: two), RegistryEntry(namespace: cam, relay: one),
                RegistryEntry(namespace: live, relay: one),
            ])
        try await registry.publish(cam, at: one)
        #expect(await registry.publishers(of: cam).first?.relay == one, "published again, it is the newest")
        #expect(await registry.count == 4)
    }

    @Test("withdrawing and leaving take out exactly their entries")
    func removal() async throws {
        let registry = MemoryRegistry()
        try await registry.publish(live, at: one)
        try await registry.publish(cam, at: one)
        try await registry.publish(cam, at: two)
        await registry.withdraw(live, at: two)
        await registry.withdraw(cam, at: two)
        await registry.withdraw(cam, at: two)
        #expect(await registry.count == 2)
        await registry.leave(one)
        #expect(await registry.count == 0)
        #expect(await registry.publishers(of: cam).isEmpty)
    }

    @Test("a watcher hears what there is, then what comes and goes, below its prefix only")
    func watching() async throws {
        let registry = MemoryRegistry()
        try await registry.publish(live, at: one)
        try await registry.publish(TrackNamespace("vod"), at: one)
        var changes = try await registry.changes(below: live).makeAsyncIterator()
        try await registry.publish(cam, at: two)
        try await registry.publish(cam, at: two)
        try await registry.publish(TrackNamespace("vod", "x"), at: two)
        await registry.leave(one)
        #expect(await changes.next() == .appeared(RegistryEntry(namespace: live, relay: one)))
        #expect(await changes.next() == .appeared(RegistryEntry(namespace: cam, relay: two)))
        #expect(await changes.next() == .disappeared(RegistryEntry(namespace: live, relay: one)))
    }

    @Test("entries and watchers are bounded, and places come free again")
    func limits() async throws {
        let registry = MemoryRegistry(maximumEntryCount: 1, maximumWatcherCount: 1)
        try await registry.publish(live, at: one)
        await #expect(throws: RegistryError.full) { try await registry.publish(cam, at: one) }
        try await registry.publish(live, at: one)
        await registry.withdraw(live, at: one)
        try await registry.publish(cam, at: one)
        let kept = try await registry.changes(below: live)
        await #expect(throws: RegistryError.full) { try await registry.changes(below: live) }
        _ = kept
    }

    @Test("a watcher that does not keep up is ended, with what it had before the gap")
    func slowWatcher() async throws {
        let registry = MemoryRegistry(watcherBacklog: 2)
        try await registry.publish(live, at: one)
        let stream = try await registry.changes(below: TrackNamespace())
        for name in ["a", "b", "c", "d"] { try await registry.publish(TrackNamespace(name), at: two) }
        var seen: [RegistryChange] = []
        for await change in stream { seen.append(change) }
        let expected = [live, TrackNamespace("a"), TrackNamespace("b")]
        #expect(seen.count == 3)
        #expect(
            seen
                == zip(expected, [one, two, two]).map {
                    .appeared(RegistryEntry(namespace: $0.0, relay: $0.1))
                })
        #expect(await registry.watcherCount == 0)
    }
}
