import Containers
import TransportInterface

@testable import WebTransport

/// Notes what a session tells, and can answer from inside.
final class Recorder: TransportSessionDelegate {
    enum Fact: Equatable {
        case established
        case reset(StreamID, UInt64?)
        case stopped(StreamID, UInt64?)
        case closed(TransportCloseReason)
        case credit(StreamDirection)
    }

    var facts: [Fact] = []
    var bytes: [StreamID: [UInt8]] = [:]
    var finished: Set<StreamID> = []
    var streamsClosed: Set<StreamID> = []
    var datagrams: [[UInt8]] = []
    var onEstablished: (() -> Void)?

    var closeReasons: [TransportCloseReason] {
        facts.compactMap { if case .closed(let reason) = $0 { reason } else { nil } }
    }

    func transportEstablished() {
        facts.append(.established)
        onEstablished?()
    }
    func streamReceived(_ stream: StreamID, _ bytes: Payload, fin: Bool) {
        self.bytes[stream, default: []] += bytes.bytes
        if fin { finished.insert(stream) }
    }
    func streamReset(_ stream: StreamID, code: UInt64?) { facts.append(.reset(stream, code)) }
    func streamStopped(_ stream: StreamID, code: UInt64?) { facts.append(.stopped(stream, code)) }
    func streamClosed(_ stream: StreamID) { streamsClosed.insert(stream) }
    func streamCreditGranted(_ direction: StreamDirection) { facts.append(.credit(direction)) }
    func datagramReceived(_ bytes: Payload) { datagrams.append(bytes.bytes) }
    func transportClosed(_ reason: TransportCloseReason) { facts.append(.closed(reason)) }
}
