import Containers
import TransportInterface

/// Something that will happen at one end of a pair.
enum SimulatedEvent {
    case established
    case data(StreamID, Payload, fin: Bool)
    case reset(StreamID, code: UInt64)
    case stop(StreamID, code: UInt64)
    /// The receiver has consumed bytes.
    case windowOpened(StreamID, byteCount: Int)
    /// Our FIN or RESET has been acknowledged.
    case sendingAcknowledged(StreamID)
    case streamsGranted(StreamDirection)
    case datagram(Payload)
    case closed(TransportCloseReason)
    /// The link is free for the next packet.
    case linkFree
}
