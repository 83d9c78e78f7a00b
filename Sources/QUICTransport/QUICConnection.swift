import CGnuTLS
import CNgtcp2
import CQUIC
import Containers
import TransportInterface

/// One QUIC connection, as client or server, on its endpoint's loop.
///
/// A MoQT session uses it directly; an HTTP/3 layer may own it just as well: codes of resets, stops and closes
/// are the application's and pass unmapped, pushed bytes of a stream always leave before pulled ones (so a
/// stream's preamble is simply sent first), and `datagramPrefix` goes in front of every pulled datagram.
/// The delegate is called only after ngtcp2 has returned.
///
/// Here, in the endpoint, the loop and `Peer`, the properties of the data path are not checked for exclusive access
/// at run time: one thread, and no access is held across a call that could reach the property again. The checks
/// were a sixth to a quarter of all instructions per delivered object.
public final class QUICConnection: TransportSession {
    /// Kept until `transportClosed`.
    @exclusivity(unchecked) public var delegate: (any TransportSessionDelegate)?
    /// Kept until `transportClosed`.
    @exclusivity(unchecked) public var sendSource: (any SendSource)?
    public let isServer: Bool
    public internal(set) var negotiated: NegotiatedProtocol?
    /// Put in front of every datagram that the `sendSource` gives: an HTTP/3 quarter stream ID.
    @exclusivity(unchecked) public var datagramPrefix = Payload()
    /// The peer's address on the current path.
    public var remoteAddress: SocketAddress {
        if let connection, let current = ngtcp2_conn_get_path(connection),
            let address = SocketAddress(current.pointee.remote)
        {
            return address
        }
        return lastRemoteAddress
    }
    @exclusivity(unchecked) public internal(set) var localAddress: SocketAddress
    var lastRemoteAddress: SocketAddress
    /// The name that a client asked for, or SNI as the server saw it.
    public internal(set) var serverName: String

    enum State { case resolving, handshaking, established, closing, draining, closed }
    @exclusivity(unchecked) var state: State = .resolving
    let ring: CallbackRing
    let configuration: QUICConfiguration
    let timer: ConnectionTimer
    /// Nil once the connection is forgotten.
    @exclusivity(unchecked) var endpoint: QUICEndpoint?

    @exclusivity(unchecked) var connection: OpaquePointer?
    var session: gnutls_session_t?
    let path: UnsafeMutablePointer<ngtcp2_path_storage>
    let packetInfo: UnsafeMutablePointer<ngtcp2_pkt_info>

    @exclusivity(unchecked) var streams = StreamTable<QUICStream>()
    let backlog = OutgoingBacklog()
    /// Streams with pushed bytes that have credit, each once.
    @exclusivity(unchecked) var pushed = RingBuffer<QUICStream>()
    /// Streams without credit.
    @exclusivity(unchecked) var blocked: [QUICStream] = []
    @exclusivity(unchecked) var isConnectionBlocked = false
    var wantsUnidirectional = false
    var wantsBidirectional = false

    /// A pulled datagram that found no room yet; the source has been told nothing about it.
    @exclusivity(unchecked) var carriedDatagram: [Payload] = []
    @exclusivity(unchecked) var hasCarriedDatagram = false

    @exclusivity(unchecked) var isDirty = false
    @exclusivity(unchecked) var isDraining = false
    @exclusivity(unchecked) var isBuilding = false
    /// Pacing or the congestion window keeps back what is offered, or would be.
    @exclusivity(unchecked) var isLimited = false
    /// Something may have to leave: anything but an acknowledgement has come, or the owner said so.
    @exclusivity(unchecked) var needsWriting = false
    /// Packets that ngtcp2 had given up when it was last asked.
    @exclusivity(unchecked) var lostPacketCount: UInt64 = 0
    /// When ngtcp2 wants its timer, the pacing gap after the last train left out; zero = not known.
    @exclusivity(unchecked) var unpacedExpiry = Instant.zero
    /// No timer of ngtcp2's but the pacing gap's runs out earlier; zero = not known.
    @exclusivity(unchecked) var dueAt = Instant.zero
    /// A train has left since ngtcp2 was last told of the time: its expiry counts the pacing gap.
    @exclusivity(unchecked) var hasPacingGap = false
    /// When the acknowledgement leaves that waits for company; `distantFuture` = none waits.
    @exclusivity(unchecked) var heldUntil = Instant.distantFuture
    /// Data has come, nothing of ours is in flight: what ngtcp2 does not acknowledge at once may wait.
    @exclusivity(unchecked) var mayHold = false
    /// After an expiry ngtcp2 may owe several small packets.
    @exclusivity(unchecked) var mustWriteAll = false
    @exclusivity(unchecked) var pendingClose: (code: UInt64, reason: String, isApplication: Bool)?
    var closeDeadline = Instant.zero
    static let closeGraceMilliseconds: UInt64 = 100
    /// Why the connection ends, when that is known better than by its code.
    var pendingFailure: TransportCloseReason?
    var sawStatelessReset = false
    /// Repeated to a peer that has not seen it.
    var closePacket: [UInt8] = []
    var closeAnswers = 0
    var closePackets = 0

    /// Connection IDs under which the endpoint finds this connection.
    var issuedIDs: [UInt64] = []
    var initialID: InitialID?
    /// What a stateless reset from the peer would end with.
    var peerTokens: [ResetToken] = []
    /// Addresses still to be tried by a client.
    var candidates: [SocketAddress] = []
    @exclusivity(unchecked) var hasReceived = false
    /// Packets have been read that are not yet acted on, and what ngtcp2 said of the last.
    @exclusivity(unchecked) var hasRead = false
    @exclusivity(unchecked) var readResult: Int32 = 0
    /// What ngtcp2 last counted, kept after it is gone.
    var lastStatistics = QUICStatistics()
    @exclusivity(unchecked) var sendCalls: UInt64 = 0
    @exclusivity(unchecked) var segmentedSends: UInt64 = 0
    var datagramsDropped: UInt64 = 0

    init(endpoint: QUICEndpoint, isServer: Bool, configuration: QUICConfiguration, remote: SocketAddress) {
        self.endpoint = endpoint
        self.isServer = isServer
        self.configuration = configuration
        lastRemoteAddress = remote
        localAddress = endpoint.localAddress
        serverName = ""
        ring = CallbackRing(writer: endpoint.slabWriter, identity: endpoint.identity)
        timer = ConnectionTimer(loop: endpoint.loop)
        path = .allocate(capacity: 1)
        path.initialize(to: ngtcp2_path_storage())
        ngtcp2_path_storage_zero(path)
        packetInfo = .allocate(capacity: 1)
        packetInfo.initialize(to: ngtcp2_pkt_info())
        timer.owner = self
    }

    deinit {
        freeConnection()
        path.deallocate()
        packetInfo.deallocate()
    }

    /// Whether nothing can be sent or received any more.
    public var isClosed: Bool { state == .closing || state == .draining || state == .closed }

    // MARK: TransportSession

    public func openStream(_ direction: StreamDirection) -> StreamID? {
        guard state == .established, pendingClose == nil, let connection else { return nil }
        var number: Int64 = -1
        // Allowed while a packet is being built: ngtcp2 only sets up the stream's own state here.
        let result =
            direction == .unidirectional
            ? ngtcp2_conn_open_uni_stream(connection, &number, nil)
            : ngtcp2_conn_open_bidi_stream(connection, &number, nil)
        guard result == 0, number >= 0 else {
            if direction == .unidirectional { wantsUnidirectional = true } else { wantsBidirectional = true }
            return nil
        }
        let id = StreamID(UInt64(number))
        streams.insert(QUICStream(id, backlog), for: id)
        return id
    }

    public func send(_ bytes: Payload, fin: Bool, on stream: StreamID) {
        guard !isClosed, let entry = streams[stream], !entry.isClosed else { return }
        guard backlog.byteCount <= configuration.maximumBacklogByteCount else {
            return beginClose(
                UInt64(NGTCP2_INTERNAL_ERROR), "the peer does not take the answers that it asks for",
                isApplication: false)
        }
        entry.push(bytes, fin: fin)
        enqueue(entry)
        wantsToSend()
    }

    public func resetStream(_ stream: StreamID, code: UInt64) {
        guard let connection, !isClosed, let entry = streams[stream], !entry.isClosed, !entry.isSendingOver
        else { return }
        entry.isSendingOver = true
        entry.toldStopped = true
        entry.abandonUnsent()
        fatalCheck(
            ngtcp2_conn_shutdown_stream_write(connection, 0, Int64(stream.value), code & Self.codeMask))
        wantsToSend()
    }

    public func stopSending(_ stream: StreamID, code: UInt64) {
        guard let connection, !isClosed, let entry = streams[stream], !entry.isClosed, !entry.isReceivingOver
        else { return }
        entry.isReceivingOver = true
        returnCredit(entry, UInt64.max)
        fatalCheck(ngtcp2_conn_shutdown_stream_read(connection, 0, Int64(stream.value), code & Self.codeMask))
        wantsToSend()
    }

    /// Bytes of a stream that ended cleanly may be given back after `streamClosed`, and must be some time:
    /// until then they count against the peer's connection window. Bytes of a stream that was reset or stopped
    /// are given back by the transport.
    public func consumed(_ stream: StreamID, byteCount: Int) {
        guard byteCount > 0, let entry = streams[stream] else { return }
        returnCredit(entry, UInt64(byteCount))
        if entry.isClosed, entry.consumedByteCount == entry.receivedByteCount { forget(entry) }
        wantsToSend()
    }

    public var maximumDatagramByteCount: Int {
        guard state == .established, let connection,
            let peer = ngtcp2_conn_get_remote_transport_params(connection)
        else { return 0 }
        // Frame type and a two-byte length are the frame's share; first byte, connection ID, packet number
        // and AEAD tag the packet's.
        let frameLimit = Int(clamping: peer.pointee.max_datagram_frame_size) - 3
        let identifier = ngtcp2_conn_get_dcid(connection).map { $0.pointee.datalen } ?? 20
        let packetLimit =
            ngtcp2_conn_get_path_max_tx_udp_payload_size(connection) - 1 - identifier - 4 - 16 - 3
        return max(0, min(frameLimit, packetLimit) - datagramPrefix.count)
    }

    public func wantsToSend() {
        needsWriting = true
        wantsTurn()
    }

    /// Has `flush` called at the end of this turn.
    func wantsTurn() {
        guard !isDirty, state != .closed, let endpoint else { return }
        isDirty = true
        endpoint.addDirty(self)
    }

    /// What was pushed before still leaves in front of the close if the windows allow it within 100 ms;
    /// nothing is pulled or delivered any more. `transportClosed` follows, at the end of this turn at the
    /// earliest.
    public func close(code: UInt64, reason: String) {
        beginClose(code & Self.codeMask, reason, isApplication: true)
    }

    private func beginClose(_ code: UInt64, _ reason: String, isApplication: Bool) {
        guard !isClosed, pendingClose == nil else { return }
        pendingClose = (code, reason, isApplication)
        closeDeadline = endpoint?.loop.now.advanced(byMilliseconds: Self.closeGraceMilliseconds) ?? .zero
        wantsToSend()
    }

    // MARK: further

    /// Counters since the connection began.
    public var statistics: QUICStatistics {
        var result = lastStatistics
        if let connection {
            var info = ngtcp2_conn_info()
            ngtcp2_conn_get_conn_info_versioned(connection, Int32(NGTCP2_CONN_INFO_VERSION), &info)
            result.read(info)
        }
        result.sendCalls = sendCalls
        result.segmentedSends = segmentedSends
        result.datagramsDropped = datagramsDropped
        result.streamsOpen = streams.count
        return result
    }

    /// How many more bytes the peer's window admits on this stream; 0 for an unknown one.
    public func credit(of stream: StreamID) -> UInt64 {
        guard let connection, streams[stream] != nil else { return 0 }
        return min(
            ngtcp2_conn_get_max_stream_data_left(connection, Int64(stream.value)),
            ngtcp2_conn_get_max_data_left(connection))
    }

    /// Errors have 62 bits on the wire.
    static let codeMask: UInt64 = (1 << 62) - 1

    // MARK: helpers

    func entry(for stream: StreamID) -> QUICStream {
        if let known = streams[stream] { return known }
        let entry = QUICStream(stream, backlog)
        streams.insert(entry, for: stream)
        return entry
    }

    func enqueue(_ entry: QUICStream) {
        guard !entry.isQueued, !entry.isBlocked, entry.hasUnsent else { return }
        entry.isQueued = true
        pushed.append(entry)
    }

    /// Gives up to `count` of the delivered bytes back to the peer's windows.
    func returnCredit(_ entry: QUICStream, _ count: UInt64) {
        guard let connection else { return }
        let open = entry.receivedByteCount - entry.consumedByteCount
        let part = min(open, count)
        guard part > 0 else { return }
        entry.consumedByteCount += part
        needsWriting = true
        ngtcp2_conn_extend_max_offset(connection, part)
        guard !entry.isClosed, !entry.isReceivingOver else { return }
        fatalCheck(ngtcp2_conn_extend_max_stream_offset(connection, Int64(entry.id.value), part))
    }

    /// Removes a stream for good and lets the peer open another in its place.
    func forget(_ entry: QUICStream) {
        streams.remove(entry.id)
        guard let connection, entry.id.isServerInitiated != isServer else { return }
        needsWriting = true
        if entry.id.isUnidirectional {
            ngtcp2_conn_extend_max_streams_uni(connection, 1)
        } else {
            ngtcp2_conn_extend_max_streams_bidi(connection, 1)
        }
    }

    /// ngtcp2 ran out of memory in a call that nobody waits for: the connection cannot go on.
    func fatalCheck(_ result: Int32) {
        guard result != 0, ngtcp2_err_is_fatal(result) != 0 else { return }
        close(code: 0, reason: "internal error")
    }

    func freeConnection() {
        if let connection {
            lastStatistics = statistics
            lastRemoteAddress = remoteAddress
            ngtcp2_conn_del(connection)
        }
        connection = nil
        ring.connection = nil
        if let session { gnutls_deinit(session) }
        session = nil
    }
}
