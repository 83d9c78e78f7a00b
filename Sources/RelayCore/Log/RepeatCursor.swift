/// Where a source's stream stands in an object that the log has already: the bytes that come are compared from here.
struct RepeatCursor {
    /// Of the subgroup in which the object is kept; 0 = nowhere.
    var sequence = 0
    var objectID: UInt64 = 0
    /// The object's index in the subgroup.
    var record = 0
    /// Payload bytes of the object in front of it.
    var offset: UInt64 = 0
    var chunk = 0
    var chunkOffset = 0
}
