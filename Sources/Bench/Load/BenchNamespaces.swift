import MOQTModel

/// The namespaces that a run announces while it measures, and who is told of them. Confined to the loop.
final class BenchNamespaces {
    let count: Int
    /// Connections that announce them, in turn.
    let announcerCount: Int
    /// Connections that are told, each of its share.
    let watcherCount: Int
    /// Told apart from other runs on the same relay.
    private let run: UInt64
    /// When each was announced, by the clock; 0 = not yet.
    private var announcedAt: [UInt64]
    private(set) var announcedCount = 0
    private(set) var acceptedCount = 0
    /// Each once.
    private(set) var toldCount = 0
    /// From PUBLISH_NAMESPACE to NAMESPACE (or what the draft has for it).
    private(set) var notifyTime = LatencyHistogram()

    init(_ scenario: Scenario, run: UInt64) {
        count = scenario.namespaces
        announcerCount = count > 0 ? min(count, scenario.announcers) : 0
        watcherCount = scenario.watchers
        self.run = run
        announcedAt = Array(repeating: 0, count: count)
    }

    func prefix(ofWatcher watcher: Int) -> TrackNamespace {
        TrackNamespace("bench", "\(run)", "w\(watcher)")
    }

    func name(_ index: Int) -> TrackNamespace {
        let prefix = prefix(ofWatcher: watcherCount > 0 ? index % watcherCount : 0)
        return prefix.appending(TrackNamespace("\(index)"))
    }

    func announced(_ index: Int, at now: UInt64) {
        announcedAt[index] = now
        announcedCount += 1
    }

    func accepted() { acceptedCount += 1 }

    func appeared(_ namespace: TrackNamespace, at now: UInt64) {
        guard let field = namespace.fields.last, let index = Int(String(decoding: field, as: UTF8.self)),
            announcedAt.indices.contains(index), announcedAt[index] > 0
        else { return }
        toldCount += 1
        notifyTime.add(now > announcedAt[index] ? now - announcedAt[index] : 0)
    }
}
