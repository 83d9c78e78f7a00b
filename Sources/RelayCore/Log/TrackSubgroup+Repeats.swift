import Containers
import MOQTModel

/// What comes again is held against what is kept.
extension TrackSubgroup {
    /// The index of an object, if its record is kept.
    func index(of objectID: UInt64) -> Int? {
        guard let index = firstObjectIndex(notBefore: objectID), objects[index].header.objectID == objectID
        else { return nil }
        return index
    }

    func hasNormalObject(_ objectID: UInt64) -> Bool {
        guard let last = lastObjectID, objectID <= last, let index = index(of: objectID) else { return false }
        return objects[index].header.status == .normal
    }

    /// The last object that does not only mark an end, if its record is kept.
    var lastNormalObjectID: UInt64? {
        var index = objects.endIndex - 1
        while index >= objects.startIndex, objects[index].header.status != .normal { index -= 1 }
        return index >= objects.startIndex ? objects[index].header.objectID : nil
    }

    /// Whether the first `count` of `bytes`, which are those from `offset` on of an object's payload, differ from what
    /// is kept of it. What is not kept, not yet or not any more, does not.
    func differs(
        _ objectID: UInt64, _ bytes: Payload, count: UInt64, at offset: UInt64, _ cursor: inout RepeatCursor
    ) -> Bool {
        if cursor.sequence != sequence || cursor.objectID != objectID || cursor.offset > offset {
            guard let record = index(of: objectID) else { return false }
            cursor = RepeatCursor(
                sequence: sequence, objectID: objectID, record: record, chunk: objects[record].firstChunk)
        }
        guard cursor.record >= objects.startIndex, cursor.record < objects.endIndex else { return false }
        let isLast = cursor.record + 1 == objects.endIndex
        let end = isLast ? chunks.endIndex : objects[cursor.record + 1].firstChunk
        var position = 0
        while cursor.chunk < end, cursor.chunk >= chunks.startIndex, cursor.offset < offset &+ count {
            let room = chunks[cursor.chunk].count - cursor.chunkOffset
            if room == 0 {
                // The last chunk may still grow.
                guard cursor.chunk + 1 < end else { break }
                cursor.chunk += 1
                cursor.chunkOffset = 0
                continue
            }
            let step: Int
            if cursor.offset < offset {
                step = Int(min(UInt64(room), offset &- cursor.offset))
            } else {
                step = min(room, Int(count) - position)
                if !chunks[cursor.chunk].matches(
                    from: cursor.chunkOffset, bytes, from: position, count: step)
                {
                    return true
                }
                position += step
            }
            cursor.chunkOffset += step
            cursor.offset &+= UInt64(step)
        }
        return false
    }
}
