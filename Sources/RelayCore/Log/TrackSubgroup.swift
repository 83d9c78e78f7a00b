import Containers
import MOQTModel

/// One subgroup of a track as the log has it: objects, payload chunks, one image per wire shape.
///
/// It has one write position: an object and a byte offset in it. When a subgroup breaks off and another
/// source goes on later, the rest is a subgroup of its own with the same id (a new stream for readers).
final class TrackSubgroup {
    /// Counts a log's subgroups in the order in which they appeared; from 1.
    @exclusivity(unchecked) private(set) var sequence = 0
    @exclusivity(unchecked) private(set) var group: UInt64 = 0
    @exclusivity(unchecked) private(set) var id: UInt64 = 0
    @exclusivity(unchecked) private(set) var priority: UInt8?
    private(set) var hasProperties = false
    private(set) var endOfGroup = false
    /// Its first object here is the first ever published in the subgroup.
    private(set) var firstObject = false
    /// Objects are missing in front of the first one here: its streams must not end by FIN.
    @exclusivity(unchecked) private(set) var hasGap = false

    @exclusivity(unchecked) private(set) var objects = Trail<ObjectRecord>()
    @exclusivity(unchecked) private(set) var chunks = Trail<Payload>()
    @exclusivity(unchecked) private(set) var lastObjectID: UInt64?
    /// Bytes that the last object has.
    @exclusivity(unchecked) private(set) var lastObjectByteCount: UInt64 = 0
    /// Bytes that the last object still lacks; 0 = complete.
    @exclusivity(unchecked) private(set) var lastObjectRemaining: UInt64 = 0
    /// Payload bytes of all objects, trimmed ones included.
    @exclusivity(unchecked) private(set) var payloadByteCount: UInt64 = 0
    private var trimmedPayloadByteCount: UInt64 = 0
    /// nil while open.
    @exclusivity(unchecked) private(set) var end: SubgroupEnd?
    private(set) var endedAt: Instant = .zero
    /// Its content has been dropped.
    @exclusivity(unchecked) private(set) var isEvicted = false
    /// Bytes of payload and bookkeeping that it counts for in the log's limit.
    @exclusivity(unchecked) private(set) var heldByteCount = 0

    /// Its id is that of the first object on the stream with which it began.
    @exclusivity(unchecked) private(set) var hasLearnedID = false
    /// It holds the rest of one that broke off.
    @exclusivity(unchecked) var isSuccessor = false
    /// A stream that ended by FIN has shown its last object.
    @exclusivity(unchecked) var knowsEnd = false
    /// Objects from here on lie behind the end of the group or the track.
    @exclusivity(unchecked) var forbiddenObject: UInt64 = .max

    /// Source streams that are attached.
    var writerCount = 0
    /// Cursors that have not handed out all of it.
    var readerCount = 0
    /// When the last writer disappeared without ending the subgroup.
    var orphanedAt: Instant?

    private var images: [SubgroupImage] = []
    private var imageCount = 0

    static let overheadPerSubgroup = 512
    static let overheadPerObject = 96
    /// Its place here and in an image: bytes that come one by one cost more than they are.
    static let overheadPerChunk = 32

    init() {}

    func begin(sequence: Int, header: LogSubgroupHeader, id: UInt64, firstObject: Bool, hasGap: Bool) {
        self.sequence = sequence
        group = header.group
        self.id = id
        priority = header.priority
        hasProperties = header.hasProperties
        endOfGroup = header.endOfGroup
        self.firstObject = firstObject
        self.hasGap = hasGap
        objects.reset()
        chunks.reset()
        lastObjectID = nil
        lastObjectByteCount = 0
        lastObjectRemaining = 0
        payloadByteCount = 0
        trimmedPayloadByteCount = 0
        end = nil
        isEvicted = false
        heldByteCount = Self.overheadPerSubgroup
        hasLearnedID = header.subgroup == .firstObjectID
        isSuccessor = false
        knowsEnd = false
        forbiddenObject = .max
        writerCount = 0
        readerCount = 0
        orphanedAt = nil
        imageCount = 0
    }

    /// Its header, with the id spelled out.
    var header: LogSubgroupHeader {
        LogSubgroupHeader(
            group: group, subgroup: .explicit(id), priority: priority, hasProperties: hasProperties,
            endOfGroup: endOfGroup, firstObject: firstObject)
    }

    var isOpen: Bool { end == nil }
    var isComplete: Bool { lastObjectRemaining == 0 }

    /// It has told the group's end.
    var endsGroup: Bool {
        if endOfGroup && end == .finished { return true }
        guard !objects.isEmpty else { return false }
        let status = objects[objects.endIndex - 1].header.status
        return status == .endOfGroup || status == .endOfTrack
    }

    /// The last object of which every byte is here.
    var lastCompleteObjectID: UInt64? {
        if isComplete { return lastObjectID }
        let previous = objects.endIndex - 2
        return previous >= objects.startIndex ? objects[previous].header.objectID : nil
    }

    /// Appends the header of the next object; the previous one must be complete.
    func appendObject(
        _ header: ObjectHeader, raw: RawObjectHeader?, now: Instant, encoding: any ObjectEncoding
    ) {
        objects.append(
            ObjectRecord(
                header: header, arrivedAt: now, firstChunk: chunks.endIndex, payloadBefore: payloadByteCount))
        lastObjectID = header.objectID
        lastObjectByteCount = 0
        lastObjectRemaining = header.payloadByteCount
        heldByteCount += Self.overheadPerObject + (header.properties?.bytes.count ?? 0)
        for index in 0..<imageCount {
            images[index].beginObject(header, raw: raw, hasProperties: hasProperties, encoding: encoding)
        }
    }

    /// Appends payload bytes of the last object, at most as many as it lacks.
    func appendPayload(_ bytes: Payload) {
        lastObjectByteCount &+= UInt64(bytes.count)
        payloadByteCount &+= UInt64(bytes.count)
        lastObjectRemaining &-= UInt64(bytes.count)
        heldByteCount += bytes.count
        let last = chunks.endIndex - 1
        if !chunks.isEmpty, last >= objects[objects.endIndex - 1].firstChunk,
            let merged = chunks[last].merged(with: bytes)
        {
            chunks[last] = merged
        } else {
            chunks.append(bytes)
            heldByteCount += Self.overheadPerChunk
        }
        for index in 0..<imageCount { images[index].append(bytes) }
    }

    func finish(_ end: SubgroupEnd, now: Instant) {
        guard self.end == nil else { return }
        self.end = end
        endedAt = now
        orphanedAt = nil
    }

    /// Another source knows that the subgroup's end is the group's.
    func learned(endOfGroup: Bool) { self.endOfGroup = self.endOfGroup || endOfGroup }

    /// The image for a shape and a filter, made now if this is its first reader. `defaultPriority` is the track's.
    func image(
        for shape: WireShape, filter: ObjectFilter? = nil, defaultPriority: UInt8 = 0,
        encoding: any ObjectEncoding
    ) -> SubgroupImage {
        for index in 0..<imageCount where images[index].shape == shape {
            switch (filter, images[index].filter) {
            case (nil, nil): return images[index]
            case (let wanted?, let used?) where wanted == used: return images[index]
            default: continue
            }
        }
        let image: SubgroupImage
        if imageCount < images.count, isKnownUniquelyReferenced(&images[imageCount]) {
            image = images[imageCount]
        } else {
            image = SubgroupImage(shape: shape)
            if imageCount < images.count { images[imageCount] = image } else { images.append(image) }
        }
        imageCount += 1
        let first = firstWholeObject
        image.reset(
            shape: shape, filter: filter, subgroup: id, priority: priority ?? defaultPriority,
            firstObject: first)
        for index in first..<objects.endIndex {
            image.beginObject(
                objects[index].header, raw: nil, hasProperties: hasProperties, encoding: encoding)
            let end = index + 1 < objects.endIndex ? objects[index + 1].firstChunk : chunks.endIndex
            var chunk = objects[index].firstChunk
            while chunk < end {
                image.append(chunks[chunk])
                chunk += 1
            }
        }
        return image
    }

    /// The first object whose bytes have not been trimmed; `objects.endIndex` when there is none.
    var firstWholeObject: Int {
        var index = objects.startIndex
        while index < objects.endIndex, objects[index].firstChunk < chunks.startIndex { index += 1 }
        return index
    }

    /// The first object that is `minimum` or later; nil when there is none yet.
    func firstObjectIndex(notBefore minimum: UInt64) -> Int? {
        let index = objects.firstIndex { $0.header.objectID < minimum }
        return index < objects.endIndex ? index : nil
    }

    /// Payload bytes of the objects that are `minimum` or later.
    func payloadByteCount(notBefore minimum: UInt64) -> UInt64 {
        firstObjectIndex(notBefore: minimum).map { payloadByteCount &- objects[$0].payloadBefore } ?? 0
    }

    /// Lets go of about `wanted` bytes at the front. Returns how many bytes it counts less.
    func trim(byteCount wanted: Int) -> Int {
        guard !objects.isEmpty else { return 0 }
        var freed = 0
        var overhead = 0
        var index = chunks.startIndex
        while freed + overhead < wanted, index < chunks.endIndex - 1 {
            freed += chunks[index].count
            overhead += Self.overheadPerChunk
            index += 1
        }
        chunks.removeFirst(upTo: index, filler: Payload())
        var object = objects.startIndex
        // An object without payload has no chunk; the last object stays, it carries the write position.
        while object < objects.endIndex - 1, objects[object + 1].firstChunk <= index,
            objects[object].firstChunk < index || freed + overhead < wanted
        {
            overhead += Self.overheadPerObject + (objects[object].header.properties?.bytes.count ?? 0)
            object += 1
        }
        objects.removeFirst(upTo: object, filler: .trimmed)
        trimmedPayloadByteCount &+= UInt64(freed)
        let cut = trimmedPayloadByteCount
        let before = objects[object].payloadBefore
        for image in 0..<imageCount {
            images[image].trim(toObject: object, payloadByteCount: cut > before ? cut - before : 0)
        }
        heldByteCount -= freed + overhead
        return freed + overhead
    }

    /// Lets go of everything; readers that lack bytes find out by `isEvicted`.
    func evict(now: Instant) {
        finish(.reset(.tooFarBehind), now: now)
        isEvicted = true
        objects.removeFirst(upTo: objects.endIndex, filler: .trimmed)
        chunks.removeFirst(upTo: chunks.endIndex, filler: Payload())
        for index in 0..<imageCount { images[index].drop() }
        heldByteCount = 0
    }
}
