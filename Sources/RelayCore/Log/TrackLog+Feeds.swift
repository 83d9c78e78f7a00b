import Containers
import MOQTModel

/// Copies of a log on other shards.
extension TrackLog {
    /// Starts copying every change into `feed`, beginning with what is kept now.
    public func attach(_ feed: LogFeed) {
        snapshot(into: feed)
        feeds.append(feed)
    }

    public func detach(_ feed: LogFeed) { feeds.removeAll { $0 === feed } }

    func emit(_ event: @autoclosure () -> LogEvent) {
        guard !feeds.isEmpty else { return }
        let event = event()
        for feed in feeds { feed.append(event) }
        guard !hasNews else { return }
        hasNews = true
        shard.fed.append(self)
    }

    /// What is kept, as the events that would have led to it.
    private func snapshot(into feed: LogFeed) {
        if knowsBeginning { feed.append(.beginningSeen) }
        if let listensBehind, !hasLetGo { feed.append(.largestNamed(listensBehind)) }
        if let missedThrough { feed.append(.missed(through: missedThrough)) }
        for subgroup in subgroups {
            let stream = UInt64(subgroup.sequence)
            let first = subgroup.firstWholeObject
            var header = subgroup.header
            header.firstObject = subgroup.firstObject && first == 0
            feed.append(.subgroupBegan(stream: stream, header))
            for index in first..<subgroup.objects.endIndex {
                feed.append(.objectBegan(stream: stream, subgroup.objects[index].header, raw: nil))
                let end =
                    index + 1 < subgroup.objects.endIndex
                    ? subgroup.objects[index + 1].firstChunk : subgroup.chunks.endIndex
                var chunk = subgroup.objects[index].firstChunk
                while chunk < end {
                    feed.append(.payloadArrived(stream: stream, subgroup.chunks[chunk]))
                    chunk += 1
                }
            }
            if let end = subgroup.end { feed.append(.subgroupEnded(stream: stream, end)) }
        }
        for sequence in datagrams.startSequence..<datagrams.endSequence {
            feed.append(.datagramArrived(datagrams[sequence].datagram))
        }
        if let namedLargest { feed.append(.largestNamed(namedLargest)) }
        if let endStatus { feed.append(.trackEnded(endStatus)) }
    }
}
