import Containers
import MOQTModel
import MOQTWire

/// One bidirectional stream that carries a request.
struct RequestStream {
    var frames: ControlFrameReader
    /// nil until the peer's first message has come.
    var request: RequestID?
    let isOurs: Bool
    /// Our half has ended by FIN or reset.
    var sendingEnded = false
    /// The peer's half has ended, or we asked it to stop.
    var receivingEnded = false
    /// The peer asked us to stop.
    var wasStopped = false
    /// FIN has arrived; messages before it may still be unread.
    var finArrived = false
    /// It came before SETUP and begins with a request.
    var isKnownRequest = false
    /// What still arrives is of no interest.
    var isDiscarding = false
}
