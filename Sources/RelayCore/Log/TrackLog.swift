import Containers
import MOQTModel

/// One track on one shard: what its sources sent and what is kept of it, read by any number of cursors.
public final class TrackLog {
    public let limits: TrackLogLimits
    /// The largest location of which at least one byte has arrived (draft-18 section 5.1.2).
    public private(set) var largest: Location?
    /// Set when the track has ended: no further objects will come.
    public private(set) var endStatus: PublishDoneStatus?
    /// The priority of subgroups and datagrams that name none.
    public var defaultPublisherPriority: UInt8 = 128

    let encoding: any ObjectEncoding
    let shard: LogShard

    public init(encoding: any ObjectEncoding, shard: LogShard, limits: TrackLogLimits = TrackLogLimits()) {
        self.encoding = encoding
        self.shard = shard
        self.limits = limits
    }

    /// A source opened a subgroup stream.
    public func subgroupBegan(source: SourceID, _ header: LogSubgroupHeader) -> IngestHandle { .none }

    /// The next object of the stream began; `payloadArrived` follows unless its payload is empty.
    public func objectBegan(_ handle: IngestHandle, _ header: ObjectHeader, raw: RawObjectHeader? = nil) {}

    /// The next bytes of the current object's payload.
    public func payloadArrived(_ handle: IngestHandle, _ bytes: Payload) {}

    /// The current object is complete. A hint: completeness follows from the byte count.
    public func objectEnded(_ handle: IngestHandle) {}

    /// The stream ended; the handle is dead.
    public func subgroupEnded(_ handle: IngestHandle, _ end: SubgroupEnd) {}

    /// A datagram arrived; its alias is ignored.
    public func datagramArrived(source: SourceID, _ datagram: ObjectDatagram) {}

    /// A source's session is gone. Its open subgroups wait a moment for another source to continue them.
    public func sourceEnded(_ source: SourceID) {}

    /// The track is over: subscriptions end once everything was handed out.
    public func trackEnded(_ status: PublishDoneStatus) {}

    /// Where a subscription with this filter begins and ends, by what the log has seen.
    public func range(for filter: LocationFilter) -> LogRange { LogRange(start: .zero) }

    /// Starts copying every change into `feed`, beginning with what is kept now.
    public func attach(_ feed: LogFeed) {}
    public func detach(_ feed: LogFeed) {}

    /// The number of subscriptions that read this log.
    public var readerCount: Int { 0 }

    func wakeReaders(_ body: (DeliveryScheduler) -> Void) {}
}
