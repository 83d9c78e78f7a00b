/// Which locations of a track a subscription covers (draft-18 section 5.1.2), in a form that every draft's encoding
/// maps onto. "Largest" is the largest location that the publisher had seen when it answered.
public enum LocationFilter: Hashable, Sendable {
    /// No filter: everything from now on.
    case unfiltered
    /// From the object after the largest one ("Largest Object").
    case nextObject
    /// From the group after the largest one ("Next Group Start").
    case nextGroup
    /// From `groupCount` groups back, counted so that 1 is the current group (draft 20 on).
    case relative(groupCount: UInt64)
    /// From a location on, which may lie in the past.
    case from(Location)
    /// From a location to the end of a group, inclusive; `endObject` nil means the whole group.
    case range(start: Location, endGroup: UInt64, endObject: UInt64?)
}
