import Containers
import MOQTModel

/// One track on one shard: what its sources sent and what is kept of it, read by any number of cursors.
///
/// Several publishers may send the same track at once. Their bytes are merged: each subgroup has one write
/// position, bytes that extend it are appended whoever sends them, and bytes before it are ignored, so two
/// publishers that race, or one that takes over from another, neither lose nor repeat an object.
public final class TrackLog {
    public let limits: TrackLogLimits
    /// The largest location of which at least one byte has arrived (draft-18 section 5.1.2).
    @exclusivity(unchecked) public internal(set) var largest: Location?
    /// Set when the track has ended: no further objects will come.
    @exclusivity(unchecked) public internal(set) var endStatus: PublishDoneStatus?
    /// The priority of subgroups and datagrams that name none.
    @exclusivity(unchecked) public var defaultPublisherPriority: UInt8 = 128
    /// A publisher has named that default: one that names none may not be able to in its draft.
    @exclusivity(unchecked) public var knowsDefaultPriority = false
    /// Look for what contradicts itself: where publishers' streams come together, not in copies.
    @exclusivity(unchecked) public var detectsFaults = false
    /// What made the track malformed. Nothing is taken from then on.
    @exclusivity(unchecked) public internal(set) var fault: TrackFault?
    /// When bytes came last.
    @exclusivity(unchecked) public private(set) var changedAt = Instant.zero
    /// Bytes of payload and bookkeeping that are kept.
    @exclusivity(unchecked) public internal(set) var heldByteCount = 0

    let encoding: any ObjectEncoding
    let shard: LogShard

    /// By id, ascending.
    var groups: [TrackGroup] = []
    /// All subgroups in the order in which they appeared.
    @exclusivity(unchecked) var subgroups: [TrackSubgroup] = []
    @exclusivity(unchecked) var newestSequence = 0
    /// Groups below have been evicted; what still arrives for them is ignored.
    var firstKeptGroup: UInt64 = 0
    @exclusivity(unchecked) var openSubgroupCount = 0
    @exclusivity(unchecked) var datagrams: DatagramRing
    var feeds: [LogFeed] = []
    /// Among those of the shard whose feeds have something.
    @exclusivity(unchecked) var hasNews = false
    /// The largest location that a publisher has named, whether or not its object came this way.
    var namedLargest: Location?
    /// What a publisher named as its largest before the first object came: everything behind it comes here.
    var listensBehind: Location?
    /// Nothing was published before this log began to listen.
    var hasSeenBeginning = false
    /// Something that arrived is not kept any more.
    var hasLetGo = false
    /// Nanoseconds after its first byte for which an object may be served from here (MAX_CACHE_DURATION); nil: as
    /// long as it is kept.
    public var servableNanoseconds: UInt64?
    /// The largest location that may not be served any more: up to there FETCH finds nothing.
    var expiredThrough: Location?
    /// Objects up to here may have been missed while nothing was forwarded.
    var missedThrough: Location?
    /// Where END_OF_TRACK was said to be.
    @exclusivity(unchecked) var finalLocation: Location?
    /// The last of a group that a datagram has said to be its end.
    @exclusivity(unchecked) var finalDatagram: Location?

    @exclusivity(unchecked) private var streams: [IngestStream] = []
    private var freeStreams: [UInt32] = []
    @exclusivity(unchecked) private var readers: [LogReader] = []
    @exclusivity(unchecked) private var isTouched = false
    private var hasOrphans = false
    /// What is kept may outlive everything else that came with it.
    @exclusivity(unchecked) private var thrift = SlabThrift()
    /// The same for properties, which may lie in other slabs than the payloads they alternate with.
    @exclusivity(unchecked) private var headerThrift = SlabThrift()
    var subgroupPool: [TrackSubgroup] = []
    var groupPool: [TrackGroup] = []

    public init(encoding: any ObjectEncoding, shard: LogShard, limits: TrackLogLimits = TrackLogLimits()) {
        self.encoding = encoding
        self.shard = shard
        self.limits = limits
        datagrams = DatagramRing(capacity: limits.datagramCount)
    }

    // MARK: Ingest

    /// A source opened a subgroup stream. `IngestHandle.none` when it is not wanted (an evicted group, too
    /// many streams): its bytes may be thrown away.
    public func subgroupBegan(source: SourceID, _ header: LogSubgroupHeader) -> IngestHandle {
        guard header.group >= firstKeptGroup, fault == nil else { return .none }
        let index: Int
        if let free = freeStreams.popLast() {
            index = Int(free)
        } else {
            guard streams.count < limits.openStreamCount else { return .none }
            index = streams.count
            streams.append(IngestStream())
        }
        let generation = streams[index].generation &+ 1
        streams[index] = IngestStream()
        streams[index].generation = generation
        streams[index].isActive = true
        streams[index].source = source
        streams[index].header = header
        if case .explicit(let id) = header.subgroup { attachStream(index, to: id) }
        return IngestHandle(slot: UInt32(index), generation: generation)
    }

    /// The next object of the stream began; `payloadArrived` follows unless its payload is empty.
    ///
    /// - Parameter raw: the header's bytes, if they lie in one piece.
    public func objectBegan(_ handle: IngestHandle, _ header: ObjectHeader, raw: RawObjectHeader? = nil) {
        guard let index = streamIndex(handle) else { return }
        if streams[index].subgroup == nil, case .firstObjectID = streams[index].header.subgroup,
            streams[index].currentObjectID == nil
        {
            attachStream(index, to: header.objectID)
            if fault != nil { return }
        }
        // Drafts 14 and 15 say that an object does not exist; later ones have no word for it, and leaving it
        // out says the same (draft-16 section 10.2.1.1).
        if header.status == .doesNotExist {
            streams[index].hasOmitted = true
            return
        }
        let previous = streams[index].currentObjectID
        streams[index].previousObjectID = previous
        streams[index].currentObjectID = header.objectID
        streams[index].currentByteCount = header.payloadByteCount
        streams[index].offset = 0
        streams[index].isIgnoring = previous.map { $0 >= header.objectID } ?? false
        if streams[index].isIgnoring { return }
        guard let subgroup = subgroupToExtend(index, with: header) else {
            if detectsFaults, let subgroup = streams[index].subgroup,
                let fault = faultOfRepeated(header, in: subgroup)
            {
                broke(fault)
            }
            return
        }
        let location = Location(group: subgroup.group, object: header.objectID)
        let isLargest = largest.map { $0 < location } ?? true
        if header.objectID >= subgroup.forbiddenObject || !isLargest || header.status != .normal,
            detectsFaults, let fault = faultOfNew(header, in: subgroup, isLargest: isLargest)
        {
            return broke(fault)
        }
        var (header, raw) = (header, raw)
        if let bytes = raw?.bytes { raw?.bytes = thrift.adopt(bytes) }
        if let properties = header.properties?.bytes {
            header.properties?.bytes = headerThrift.adopt(properties)
        }
        let continues = previous == subgroup.lastObjectID && !streams[index].hasOmitted
        let held = subgroup.heldByteCount
        let usableRaw = continues && streams[index].header.hasProperties == subgroup.hasProperties ? raw : nil
        subgroup.appendObject(header, raw: usableRaw, now: shard.now, encoding: encoding)
        heldByteCount += subgroup.heldByteCount - held
        if isLargest { largest = location }
        emit(.objectBegan(stream: UInt64(subgroup.sequence), header, raw: usableRaw))
        changed()
    }

    /// The next bytes of the current object's payload.
    public func payloadArrived(_ handle: IngestHandle, _ bytes: Payload) {
        guard let index = streamIndex(handle), !bytes.isEmpty else { return }
        let offset = streams[index].offset
        let count = min(UInt64(bytes.count), streams[index].currentByteCount &- offset)
        streams[index].offset = offset &+ count
        guard !streams[index].isIgnoring, count > 0, let subgroup = streams[index].subgroup,
            let object = streams[index].currentObjectID
        else { return }
        let position = subgroup.lastObjectByteCount
        if position != offset || subgroup.lastObjectID != object, detectsFaults,
            subgroup.differs(object, bytes, count: count, at: offset, &streams[index].repeatCursor)
        {
            return broke(.objectDiffers)
        }
        guard subgroup.isOpen, subgroup.lastObjectID == object else { return }
        guard offset <= position, position < offset &+ count, subgroup.lastObjectRemaining > 0 else { return }
        guard position &+ subgroup.lastObjectRemaining == streams[index].currentByteCount else {
            streams[index].isIgnoring = true
            if detectsFaults { broke(.objectDiffers) }
            return
        }
        let fresh = thrift.adopt(
            bytes.slice(from: Int(position &- offset), count: Int(count &- (position &- offset))))
        let held = subgroup.heldByteCount
        subgroup.appendPayload(fresh)
        heldByteCount += subgroup.heldByteCount - held
        emit(.payloadArrived(stream: UInt64(subgroup.sequence), fresh))
        changed()
    }

    /// The current object is complete. A hint: completeness follows from the byte count.
    public func objectEnded(_ handle: IngestHandle) {}

    /// The stream ended; the handle is dead.
    public func subgroupEnded(_ handle: IngestHandle, _ end: SubgroupEnd) {
        guard let index = streamIndex(handle) else { return }
        let stream = streams[index]
        let subgroup = stream.subgroup
        releaseStream(index)
        if detectsFaults, end == .finished, let subgroup, let fault = faultOfEnd(stream, in: subgroup) {
            return broke(fault)
        }
        guard let subgroup, subgroup.isOpen else { return }
        switch end {
        case .finished:
            let isCaughtUp = stream.currentObjectID == subgroup.lastObjectID && subgroup.isComplete
            if isCaughtUp && stream.currentObjectID != nil {
                subgroup.learned(endOfGroup: stream.header.endOfGroup)
                finish(subgroup, .finished)
                subgroup.knowsEnd = !stream.hasOmitted && !subgroup.isSuccessor
            } else if subgroup.writerCount == 0 {
                let isBehind = stream.currentObjectID.map { last in
                    subgroup.lastObjectID.map { last < $0 } ?? false
                }
                let isWhole = subgroup.isComplete && (isBehind ?? true)
                finish(subgroup, isWhole ? .finished : .reset(.internalError))
            }
        case .reset(let code):
            if subgroup.writerCount == 0 { finish(subgroup, .reset(code)) }
        }
    }

    /// A datagram arrived; its alias is ignored.
    public func datagramArrived(source: SourceID, _ datagram: ObjectDatagram) {
        guard datagram.status != .doesNotExist, datagram.location.group >= firstKeptGroup, fault == nil
        else { return }
        if detectsFaults, let fault = fault(of: datagram) { return broke(fault) }
        var datagram = datagram
        datagram.payload = thrift.adopt(datagram.payload)
        if let block = datagram.properties?.bytes { datagram.properties?.bytes = headerThrift.adopt(block) }
        guard datagrams.append(datagram, now: shard.now) else { return }
        if largest.map({ $0 < datagram.location }) ?? true { largest = datagram.location }
        emit(.datagramArrived(datagram))
        touch()
    }

    /// A source's session is gone. Its open subgroups wait for another source to continue them
    /// (`TrackLogLimits.orphanGraceNanoseconds`) and are then reset for their readers.
    public func sourceEnded(_ source: SourceID) {
        for index in streams.indices where streams[index].isActive && streams[index].source == source {
            let subgroup = streams[index].subgroup
            releaseStream(index)
            if let subgroup, subgroup.isOpen, subgroup.writerCount == 0 {
                subgroup.orphanedAt = shard.now
                noteOrphan()
            }
        }
    }

    /// The track is over: subscriptions end once everything was handed out. Subgroups whose streams are
    /// still open may go on; those without a source are reset.
    public func trackEnded(_ status: PublishDoneStatus) {
        guard endStatus == nil else { return }
        endStatus = status
        for subgroup in subgroups where subgroup.isOpen && subgroup.writerCount == 0 {
            finish(subgroup, .reset(.internalError))
        }
        emit(.trackEnded(status))
        touch()
    }

    // MARK: Streams

    private func streamIndex(_ handle: IngestHandle) -> Int? {
        let index = Int(handle.slot)
        guard index < streams.count, streams[index].isActive, streams[index].generation == handle.generation
        else { return nil }
        return index
    }

    func releaseAllStreams() {
        for index in streams.indices where streams[index].isActive { releaseStream(index) }
    }

    private func releaseStream(_ index: Int) {
        if let subgroup = streams[index].subgroup { subgroup.writerCount -= 1 }
        streams[index].subgroup = nil
        streams[index].isActive = false
        freeStreams.append(UInt32(index))
    }

    private func attachStream(_ index: Int, to id: UInt64) {
        let header = streams[index].header
        guard header.group >= firstKeptGroup else { return }
        let existing = group(header.group)?.subgroup(id)
        if detectsFaults, let existing, prioritiesDiffer(existing.priority, header.priority) {
            return broke(.subgroupPriority)
        }
        guard
            let subgroup = existing
                ?? makeSubgroup(header, id: id, firstObject: header.firstObject, hasGap: false)
        else { return }
        streams[index].subgroup = subgroup
        subgroup.writerCount += 1
        subgroup.orphanedAt = nil
    }

    /// The subgroup to which the stream's new object is to be appended; nil when it is there already, or
    /// when another source will bring what lies before it.
    private func subgroupToExtend(_ index: Int, with header: ObjectHeader) -> TrackSubgroup? {
        guard let subgroup = streams[index].subgroup, !subgroup.isEvicted else { return nil }
        if let end = subgroup.end {
            // A reset subgroup may go on with an object that its readers have not got whole.
            guard case .reset = end, subgroup.lastCompleteObjectID.map({ header.objectID > $0 }) ?? true
            else {
                return nil
            }
            return successor(of: subgroup, for: index, at: header)
        }
        guard let last = subgroup.lastObjectID else { return subgroup }
        guard header.objectID > last else { return nil }
        let isNext =
            subgroup.isComplete
            && (streams[index].previousObjectID == last || (last < .max && header.objectID == last + 1))
        if isNext { return subgroup }
        if subgroup.writerCount > 1, othersMayExtend(subgroup, than: index, beyond: last) { return nil }
        finish(subgroup, .reset(.internalError))
        return successor(of: subgroup, for: index, at: header)
    }

    /// Whether another stream of the subgroup has not passed the write position yet.
    private func othersMayExtend(_ subgroup: TrackSubgroup, than index: Int, beyond last: UInt64) -> Bool {
        for other in streams.indices where other != index && streams[other].isActive {
            guard streams[other].subgroup === subgroup else { continue }
            if streams[other].currentObjectID.map({ $0 <= last }) ?? true { return true }
        }
        return false
    }

    /// Moves the stream to the rest of a broken-off subgroup, which readers get on another stream.
    private func successor(of broken: TrackSubgroup, for index: Int, at header: ObjectHeader)
        -> TrackSubgroup?
    {
        let next: TrackSubgroup
        if let newest = group(broken.group)?.subgroup(broken.id), newest !== broken {
            next = newest
        } else {
            let last = broken.lastCompleteObjectID
            let isPartial = !broken.isComplete && broken.lastObjectID == header.objectID
            let follows =
                last.map { streams[index].previousObjectID == $0 || ($0 < .max && $0 + 1 == header.objectID) }
                ?? (broken.lastObjectID == nil)
            let made = makeSubgroup(
                streams[index].header, id: broken.id,
                firstObject: broken.firstObject && last == nil && isPartial,
                hasGap: broken.hasGap || !(follows || isPartial))
            guard let made else { return nil }
            made.isSuccessor = true
            next = made
        }
        broken.writerCount -= 1
        next.writerCount += 1
        next.orphanedAt = nil
        streams[index].subgroup = next
        return subgroupToExtend(index, with: header)
    }

    // MARK: Readers

    /// The number of subscriptions that read this log.
    public var readerCount: Int { readers.count }

    func addReader(_ scheduler: DeliveryScheduler, subscription: Int) -> Int {
        readers.append(LogReader(scheduler: .passUnretained(scheduler), subscription: subscription))
        return readers.count - 1
    }

    func removeReader(at index: Int) {
        let last = readers.count - 1
        if index < last {
            readers[index] = readers[last]
            let moved = readers[index]
            moved.scheduler._withUnsafeGuaranteedRef {
                $0.readerMoved(subscription: moved.subscription, to: index)
            }
        }
        readers.removeLast()
    }

    /// Notes that readers have something new, once per turn.
    func touch() {
        guard !isTouched else { return }
        isTouched = true
        shard.touched.append(self)
    }

    func wakeReaders() {
        isTouched = false
        for reader in readers {
            reader.scheduler._withUnsafeGuaranteedRef { $0.logTouched(subscription: reader.subscription) }
        }
    }

    // MARK: Orphans

    private func noteOrphan() {
        guard !hasOrphans else { return }
        hasOrphans = true
        shard.orphaned.append(self)
    }

    /// Resets subgroups whose sources are gone too long. True while some still wait.
    func resetOrphans() -> Bool {
        hasOrphans = false
        for subgroup in subgroups {
            guard subgroup.isOpen, let since = subgroup.orphanedAt else { continue }
            if since.advanced(byNanoseconds: limits.orphanGraceNanoseconds) <= shard.now {
                finish(subgroup, .reset(.internalError))
            } else {
                hasOrphans = true
            }
        }
        return hasOrphans
    }

    // MARK: Changes

    func finish(_ subgroup: TrackSubgroup, _ end: SubgroupEnd) {
        guard subgroup.isOpen else { return }
        subgroup.finish(end, now: shard.now)
        openSubgroupCount -= 1
        emit(.subgroupEnded(stream: UInt64(subgroup.sequence), end))
        touch()
    }

    private func changed() {
        changedAt = shard.now
        if heldByteCount > limits.byteCount { makeRoom(limits.byteCount) }
        touch()
    }
}
