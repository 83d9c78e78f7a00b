import Containers
import Testing
import TransportInterface

@testable import WebTransport

/// Drives one `HTTP3Connection` by hand.
struct Machine {
    var http3: HTTP3Connection
    var actions: [HTTP3Action] = []

    /// Deliver byte by byte.
    var slowly = false

    init(server change: (inout WebTransportConfiguration) -> Void = { _ in }, slowly: Bool = false) {
        var configuration = WebTransportConfiguration(protocols: ["moqt-18", "moqt-16", "moq-00"])
        change(&configuration)
        http3 = HTTP3Connection(role: .server, configuration: configuration)
        self.slowly = slowly
        http3.transportEstablished()
        _ = http3.takeActions()
    }

    /// A client whose server has sent `settings` and, when it may, its CONNECT on stream 0.
    init(
        clientOf settings: [UInt8], offering protocols: [String] = [],
        _ change: (inout WebTransportConfiguration) -> Void = { _ in }
    ) {
        var configuration = WebTransportConfiguration(protocols: protocols)
        change(&configuration)
        let request = ConnectRequest(authority: "a.example", path: "/", protocols: protocols)
        http3 = HTTP3Connection(role: .client(request), configuration: configuration)
        http3.transportEstablished()
        _ = http3.takeActions()
        receive(3, Wire.varint(0x00) + settings)
        if actions.contains(.openRequestStream) { http3.requestStreamOpened(StreamID(0)) }
        collect()
    }

    mutating func collect() { actions += http3.takeActions() }

    mutating func receive(_ stream: UInt64, _ bytes: [UInt8], fin: Bool = false) {
        if slowly, !bytes.isEmpty {
            for (index, byte) in bytes.enumerated() {
                deliver(StreamID(stream), [byte], fin: fin && index == bytes.count - 1)
            }
        } else {
            deliver(StreamID(stream), bytes, fin: fin)
        }
    }

    /// As a session does it: its own streams go past the machine.
    private mutating func deliver(_ stream: StreamID, _ bytes: [UInt8], fin: Bool) {
        if http3.isSessionStream(stream) {
            actions.append(.streamReceived(stream, Payload(bytes), fin: fin))
        } else {
            http3.streamReceived(stream, Payload(bytes), fin: fin)
            collect()
        }
    }

    mutating func establish() {
        receive(2, Wire.control)
        receive(0, Wire.connect())
    }

    /// The code with which the connection was closed.
    var connectionError: UInt64? {
        for case .closeConnection(let code, _) in actions { return code.rawValue }
        return nil
    }

    func reset(_ stream: UInt64) -> UInt64? {
        for case .reset(StreamID(stream), let code) in actions { return code.rawValue }
        return nil
    }

    func stopped(_ stream: UInt64) -> UInt64? {
        for case .stopSending(StreamID(stream), let code) in actions { return code.rawValue }
        return nil
    }

    var negotiated: NegotiatedProtocol? {
        for case .sessionEstablished(_, let negotiated) in actions { return negotiated }
        return nil
    }

    var ended: TransportCloseReason? {
        for case .sessionEnded(let reason) in actions { return reason }
        return nil
    }

    /// What the machine sent on a stream, put together.
    func sent(_ stream: UInt64) -> (bytes: [UInt8], fin: Bool) {
        var bytes: [UInt8] = []
        var hasFin = false
        for case .send(let piece, let fin, StreamID(stream)) in actions {
            bytes += piece.bytes
            hasFin = hasFin || fin
        }
        return (bytes, hasFin)
    }

    /// The header section at the beginning of what was sent on a stream.
    func sentFields(_ stream: UInt64) throws -> [HTTPField] {
        var reader = MessageReader(isFromServer: http3.isServer, maximumHeaderByteCount: 16384)
        var bytes = Payload(sent(stream).bytes)
        guard case .headers(let section)? = try reader.next(&bytes),
            case .fields(let fields) = try FieldSectionCoder().decode(section, on: 0, maximumByteCount: 16384)
        else { return [] }
        return fields
    }

    func consumedByteCount(_ stream: UInt64) -> Int {
        var sum = 0
        for case .consumed(StreamID(stream), let byteCount) in actions { sum += byteCount }
        return sum
    }

    func delivered(_ stream: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        for case .streamReceived(StreamID(stream), let piece, _) in actions { bytes += piece.bytes }
        return bytes
    }
}

extension StreamID {
    /// Matches a stream by value in a pattern.
    static func ~= (pattern: StreamID, value: StreamID) -> Bool { pattern == value }
}
