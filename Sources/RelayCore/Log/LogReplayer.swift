/// Ingests a home log's events into the replica on this shard, as one source.
public struct LogReplayer {
    public let source: SourceID
    private var streams: [UInt64: IngestHandle] = [:]

    public init(source: SourceID) { self.source = source }

    public mutating func apply(_ event: LogEvent, to log: TrackLog) {
        switch event {
        case .beginningSeen: log.beginningSeen()
        case .largestNamed(let location): log.largestNamed(location)
        case .missed(let location): log.missed(through: location)
        case .subgroupBegan(let stream, let header):
            streams[stream] = log.subgroupBegan(source: source, header)
        case .objectBegan(let stream, let header, let raw):
            if let handle = streams[stream] { log.objectBegan(handle, header, raw: raw) }
        case .payloadArrived(let stream, let bytes):
            if let handle = streams[stream] { log.payloadArrived(handle, bytes) }
        case .objectEnded(let stream):
            if let handle = streams[stream] { log.objectEnded(handle) }
        case .subgroupEnded(let stream, let end):
            if let handle = streams.removeValue(forKey: stream) { log.subgroupEnded(handle, end) }
        case .datagramArrived(let datagram):
            log.datagramArrived(source: source, datagram)
        case .trackEnded(let status):
            log.trackEnded(status)
        }
    }
}
