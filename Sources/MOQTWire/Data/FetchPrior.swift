import MOQTModel

/// What an object on a FETCH stream may refer back to. After an end-of-range marker the location is the marker's
/// and the rest the last object's (draft-17 section 10.4.4; draft 16 does not say and is read alike).
struct FetchPrior {
    var location: Location?
    /// nil before the first object, and after one that was sent as a datagram.
    var subgroup: UInt64?
    var priority: UInt8?
}
