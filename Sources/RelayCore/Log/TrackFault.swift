/// How what came of a track contradicts itself (draft-19 section 2.4.2): the track is malformed.
public enum TrackFault: String, Hashable, Sendable {
    case subgroupPriority = "a subgroup came with two priorities"
    case beyondSubgroup = "an object came behind the end of its subgroup"
    case subgroupEnds = "a subgroup ended at two objects"
    case beyondGroup = "an object came behind the end of its group"
    case beyondTrack = "an object came behind the end of the track"
    case objectDiffers = "an object came twice and was not the same"
    case forwardingDiffers = "an object came by datagram and in a subgroup"
}
