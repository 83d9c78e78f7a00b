import Containers
import TransportInterface

/// The owner of a session that is being fuzzed.
final class FuzzOwner: TransportSessionDelegate {
    private(set) var establishedCount = 0
    private(set) var closedCount = 0

    func transportEstablished() { establishedCount += 1 }
    func streamReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {}
    func streamReset(_ stream: StreamID, code: UInt64?) {}
    func streamStopped(_ stream: StreamID, code: UInt64?) {}
    func streamClosed(_ stream: StreamID) {}
    func streamCreditGranted(_ direction: StreamDirection) {}
    func datagramReceived(_ bytes: Payload) {}
    func transportClosed(_ reason: TransportCloseReason) { closedCount += 1 }
}
