import Containers
import MOQTModel

/// A change of a home log, in the form that a replica on another shard ingests.
public enum LogEvent: Sendable {
    /// Nothing was published before what follows.
    case beginningSeen
    /// A publisher named its largest object.
    case largestNamed(Location)
    /// Objects up to this location may have been missed.
    case missed(through: Location)
    /// `stream` names the subgroup in the events that follow.
    case subgroupBegan(stream: UInt64, LogSubgroupHeader)
    case objectBegan(stream: UInt64, ObjectHeader, raw: RawObjectHeader?)
    case payloadArrived(stream: UInt64, Payload)
    case objectEnded(stream: UInt64)
    case subgroupEnded(stream: UInt64, SubgroupEnd)
    case datagramArrived(ObjectDatagram)
    case trackEnded(PublishDoneStatus)
}
