/// Where an object lies in a `SubgroupImage`. Same index as the object's record in the subgroup.
struct ImageObject {
    /// Byte of the image at which its header begins.
    var start: UInt64
    /// Byte of the image at which its payload begins.
    var payloadStart: UInt64
    /// The chunk that holds its header.
    var chunk: Int
    /// Bytes of that chunk up to the end of the header.
    var payloadChunkOffset: Int

    /// It does not pass the image's filter.
    var isLeftOut: Bool { payloadChunkOffset < 0 }

    static let trimmed = ImageObject(start: 0, payloadStart: 0, chunk: 0, payloadChunkOffset: 0)
}
