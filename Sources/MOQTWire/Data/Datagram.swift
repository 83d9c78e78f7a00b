import MOQTModel

/// What one datagram carries.
public enum Datagram: Equatable, Sendable {
    case object(ObjectDatagram)
    case padding
}
