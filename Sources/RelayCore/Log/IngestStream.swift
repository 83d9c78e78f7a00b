import MOQTModel

/// A source's open subgroup stream: where it stands, and which subgroup its bytes go to.
struct IngestStream {
    var generation: UInt32 = 0
    var isActive = false
    var source: SourceID = 0
    var header = LogSubgroupHeader(group: 0, subgroup: .explicit(0))
    /// nil until the subgroup's id is known, or when its bytes are not wanted.
    var subgroup: TrackSubgroup?
    var previousObjectID: UInt64?
    var currentObjectID: UInt64?
    /// Payload bytes of the current object: in all, and arrived on this stream.
    var currentByteCount: UInt64 = 0
    var offset: UInt64 = 0
    /// The current object is of no use: seen before, out of order, or different from what another source sent.
    var isIgnoring = false
    /// Where the bytes of an object that is kept already are compared.
    var repeatCursor = RepeatCursor()
    /// An object was left out, so header bytes that count from it are of no use.
    var hasOmitted = false
}
