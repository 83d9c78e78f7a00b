import MOQTModel

/// A registry within one process: for a relay that stands alone, and for tests with several.
public actor MemoryRegistry: Registry {
    /// Entries, and watchers, that it takes.
    public let maximumEntryCount: Int
    public let maximumWatcherCount: Int
    /// Changes that a watcher may be behind with before its sequence ends.
    public let watcherBacklog: Int

    private struct Watcher {
        let prefix: TrackNamespace
        let continuation: AsyncStream<RegistryChange>.Continuation
    }
    /// For each namespace the relays that publish it, each with the number of its entry: the largest is the newest.
    private var relays: [TrackNamespace: [RelayAddress: UInt64]] = [:]
    private var namespaces: [RelayAddress: Set<TrackNamespace>] = [:]
    private var watchers: [UInt64: Watcher] = [:]
    private var entryCount = 0
    private var lastNumber: UInt64 = 0

    public init(
        maximumEntryCount: Int = 131_072, maximumWatcherCount: Int = 1_024, watcherBacklog: Int = 16_384
    ) {
        self.maximumEntryCount = maximumEntryCount
        self.maximumWatcherCount = maximumWatcherCount
        self.watcherBacklog = watcherBacklog
    }

    /// Entries there are.
    public var count: Int { entryCount }
    /// Sequences of changes that are being read.
    public var watcherCount: Int { watchers.count }

    public func publish(_ namespace: TrackNamespace, at relay: RelayAddress) throws(RegistryError) {
        let isNew = relays[namespace]?[relay] == nil
        guard !isNew || entryCount < maximumEntryCount else { throw .full }
        lastNumber &+= 1
        relays[namespace, default: [:]][relay] = lastNumber
        guard isNew else { return }
        entryCount += 1
        namespaces[relay, default: []].insert(namespace)
        tell(.appeared(RegistryEntry(namespace: namespace, relay: relay)), of: namespace)
    }

    public func withdraw(_ namespace: TrackNamespace, at relay: RelayAddress) {
        guard relays[namespace]?.removeValue(forKey: relay) != nil else { return }
        if relays[namespace]?.isEmpty == true { relays[namespace] = nil }
        namespaces[relay]?.remove(namespace)
        if namespaces[relay]?.isEmpty == true { namespaces[relay] = nil }
        entryCount -= 1
        tell(.disappeared(RegistryEntry(namespace: namespace, relay: relay)), of: namespace)
    }

    public func leave(_ relay: RelayAddress) {
        for namespace in namespaces[relay] ?? [] { withdraw(namespace, at: relay) }
    }

    public func publishers(of namespace: TrackNamespace) -> [RegistryEntry] {
        var found: [RegistryEntry] = []
        for length in (0...namespace.fields.count).reversed() {
            let prefix = TrackNamespace(Array(namespace.fields.prefix(length)))
            let newestFirst = (relays[prefix] ?? [:]).sorted { $0.value > $1.value }
            found += newestFirst.map { RegistryEntry(namespace: prefix, relay: $0.key) }
        }
        return found
    }

    /// Starting costs the size of the registry; a change costs the number of watchers.
    public func changes(below prefix: TrackNamespace) throws(RegistryError) -> AsyncStream<RegistryChange> {
        guard watchers.count < maximumWatcherCount else { throw .full }
        let present = relays.filter { $0.key.hasPrefix(prefix) }.flatMap { namespace, relays in
            relays.map { (entry: RegistryEntry(namespace: namespace, relay: $0.key), order: $0.value) }
        }
        // Room for what is there already, and then for the backlog.
        let (stream, continuation) = AsyncStream.makeStream(
            of: RegistryChange.self, bufferingPolicy: .bufferingOldest(present.count + watcherBacklog))
        for (entry, _) in present.sorted(by: { $0.order < $1.order }) {
            continuation.yield(.appeared(entry))
        }
        lastNumber &+= 1
        let number = lastNumber
        watchers[number] = Watcher(prefix: prefix, continuation: continuation)
        continuation.onTermination = { [weak self] _ in
            Task { [weak self] in await self?.forgetWatcher(number) }
        }
        return stream
    }

    private func forgetWatcher(_ number: UInt64) { watchers[number] = nil }

    private func tell(_ change: RegistryChange, of namespace: TrackNamespace) {
        for (number, watcher) in watchers where namespace.hasPrefix(watcher.prefix) {
            if case .enqueued = watcher.continuation.yield(change) { continue }
            // It missed a change: what it knows would be wrong from here on.
            watcher.continuation.finish()
            watchers[number] = nil
        }
    }
}
