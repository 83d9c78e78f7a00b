import Containers
import MOQTModel

/// A subgroup's body as one wire shape writes it: the bytes that every subscriber of that shape gets, or every
/// subscriber of that shape with the same range filters.
///
/// Made when the first such reader appears and kept up to date by ingest; payload bytes are shared with the
/// log, only headers are new.
final class SubgroupImage {
    private(set) var shape: WireShape
    /// What its readers want of the subgroup; nil = everything.
    private(set) var filter: ObjectFilter?
    private var subgroup: UInt64 = 0
    private var priority: UInt8 = 0
    /// The current object does not pass.
    @exclusivity(unchecked) private var leavesOut = false
    @exclusivity(unchecked) private(set) var chunks = Trail<Payload>()
    @exclusivity(unchecked) private(set) var objects = Trail<ImageObject>()
    /// Bytes written so far, trimmed ones included.
    @exclusivity(unchecked) private(set) var byteCount: UInt64 = 0
    /// Bytes trimmed at the front.
    @exclusivity(unchecked) private(set) var trimmedByteCount: UInt64 = 0
    /// The shape cannot say one of the objects: nothing follows, its readers are reset.
    @exclusivity(unchecked) private(set) var isBroken = false
    private var previousObjectID: UInt64?

    // The header of an object with which readers began in the middle: late joiners share a start.
    private var lateHeaderIndex = -1
    private var lateHeader = Payload()

    init(shape: WireShape) { self.shape = shape }

    /// Empties the image for another use; its first object will have the index `firstObject`. `subgroup` and
    /// `priority` are what the filter may ask for.
    func reset(
        shape: WireShape, filter: ObjectFilter?, subgroup: UInt64, priority: UInt8, firstObject: Int
    ) {
        self.shape = shape
        self.filter = filter
        self.subgroup = subgroup
        self.priority = priority
        leavesOut = false
        chunks.reset()
        objects.reset(startIndex: firstObject)
        byteCount = 0
        trimmedByteCount = 0
        isBroken = false
        previousObjectID = nil
        lateHeaderIndex = -1
        lateHeader = Payload()
    }

    /// Begins the next object. `raw` is used in place of an encoding when it is of this shape.
    func beginObject(
        _ header: ObjectHeader, raw: RawObjectHeader?, hasProperties: Bool, encoding: any ObjectEncoding
    ) {
        if let filter {
            leavesOut = !filter.passes(
                subgroup: subgroup, object: header.objectID, priority: priority,
                properties: header.properties, encoding)
            if leavesOut {
                return objects.append(
                    ImageObject(
                        start: byteCount, payloadStart: byteCount,
                        chunk: max(chunks.endIndex - 1, chunks.startIndex), payloadChunkOffset: -1))
            }
        }
        let start = byteCount
        if !isBroken {
            let bytes: Payload
            // Behind an object that was left out, the bytes that arrived count from the wrong one.
            if let raw, raw.shape == shape, filter == nil {
                bytes = raw.bytes
            } else {
                bytes = encoding.objectHeader(
                    previousObjectID: previousObjectID, header, hasProperties: hasProperties, shape: shape)
            }
            if !bytes.isEmpty {
                append(bytes)
                previousObjectID = header.objectID
            } else if header.payloadByteCount > 0 {
                isBroken = true
            }
        }
        let last = chunks.endIndex - 1
        objects.append(
            ImageObject(
                start: start, payloadStart: byteCount, chunk: max(last, chunks.startIndex),
                payloadChunkOffset: chunks.isEmpty ? 0 : chunks[last].count))
    }

    /// The next payload bytes of the current object.
    func append(_ bytes: Payload) {
        guard !isBroken, !leavesOut, !bytes.isEmpty else { return }
        byteCount &+= UInt64(bytes.count)
        if !chunks.isEmpty, let merged = chunks[chunks.endIndex - 1].merged(with: bytes) {
            chunks[chunks.endIndex - 1] = merged
        } else {
            chunks.append(bytes)
        }
    }

    /// The header with which a stream begins at the object `index`, as the first on its stream.
    func lateHeader(
        at index: Int, _ header: ObjectHeader, hasProperties: Bool, encoding: any ObjectEncoding
    ) -> Payload {
        if lateHeaderIndex != index {
            lateHeaderIndex = index
            lateHeader = encoding.objectHeader(
                previousObjectID: nil, header, hasProperties: hasProperties, shape: shape)
        }
        return lateHeader
    }

    /// Whether a stream can begin with the object `index`: it is here, and whole.
    func canStart(at index: Int) -> Bool {
        index >= objects.startIndex && index < objects.endIndex && objects[index].start >= trimmedByteCount
    }

    /// Lets go of whole chunks in front of the object `first` and of `payloadByteCount` bytes of its payload,
    /// keeping the last chunk.
    func trim(toObject first: Int, payloadByteCount: UInt64) {
        guard first >= objects.startIndex, first < objects.endIndex else { return }
        let object = objects[first]
        let target = payloadByteCount > 0 ? object.payloadStart &+ payloadByteCount : object.start
        var index = chunks.startIndex
        while index < chunks.endIndex - 1 {
            let count = UInt64(chunks[index].count)
            guard trimmedByteCount &+ count <= target else { break }
            trimmedByteCount &+= count
            index += 1
        }
        chunks.removeFirst(upTo: index, filler: Payload())
        objects.removeFirst(upTo: first, filler: .trimmed)
    }

    /// Lets go of all bytes; the counts stay, so that readers can tell what they missed.
    func drop() {
        chunks.removeFirst(upTo: chunks.endIndex, filler: Payload())
        objects.removeFirst(upTo: objects.endIndex, filler: .trimmed)
        trimmedByteCount = byteCount
        lateHeader = Payload()
        lateHeaderIndex = -1
    }
}
