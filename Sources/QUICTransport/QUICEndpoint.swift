import CNgtcp2
import CQUIC
import Containers
import Glibc
import TransportInterface

/// One UDP socket and its connections, incoming and outgoing, on one loop.
public final class QUICEndpoint {
    /// With the real port.
    @exclusivity(unchecked) public private(set) var localAddress: SocketAddress
    /// Told about accepted connections.
    public weak var delegate: (any QUICEndpointDelegate)?
    public let configuration: QUICConfiguration
    public let loop: EventLoop

    /// One sendmsg carries at most this; the kernel's own limit is 64 kB with headers, and 64 segments.
    static let maximumTrainByteCount = 65_000
    static let maximumTrainSegments = 64
    static let vectorCount = SendChunk.maximumPayloadCount + 8

    let identity: ConnectionIdentity
    let slabWriter: UnsafeMutablePointer<SlabWriter>
    let sendBuffer: UnsafeMutablePointer<UInt8>
    /// The bytes of `chunk`, and pushed bytes, as ngtcp2 wants them.
    let vectors: UnsafeMutablePointer<ngtcp2_vec>
    let pushedVectors: UnsafeMutablePointer<ngtcp2_vec>
    @exclusivity(unchecked) var chunk = SendChunk()

    @exclusivity(unchecked) var socket: UDPSocket
    private var watch: EventLoop.WatchID?
    private var hook: Int?
    @exclusivity(unchecked) var connections: [UInt64: QUICConnection] = [:]
    var initialConnections: [InitialID: QUICConnection] = [:]
    @exclusivity(unchecked) var resetTokens: [ResetToken: QUICConnection] = [:]
    /// Every live connection once, closing ones included.
    var all: Set<ObjectIdentifier> = []
    var halfOpen: Set<ObjectIdentifier> = []
    @exclusivity(unchecked) private var dirty: [QUICConnection] = []
    @exclusivity(unchecked) private var spareDirty: [QUICConnection] = []

    @exclusivity(unchecked) private(set) var isSendBlocked = false
    private var blockedTrain = BlockedTrain()
    private let trainRemote: UnsafeMutablePointer<cquic_address>
    private let trainLocal: UnsafeMutablePointer<cquic_address>
    @exclusivity(unchecked) private var trainECN: UInt8 = 0
    @exclusivity(unchecked) private var trainRawECN: UInt8 = 0

    var isAccepting: Bool
    var isClosing = false
    private var completion: (() -> Void)?
    private var clientContexts: [(CertificateVerification, TLSContext)] = []
    private var tokens: [String: Payload] = [:]
    private var tokenOrder: [String] = []
    var resetAllowance = RateAllowance(perSecond: 100, burst: 100)

    /// `configuration.serverIdentity` makes it a server; it can connect out in any case.
    public init(loop: EventLoop, bind: SocketAddress, configuration: QUICConfiguration) throws(TransportError)
    {
        self.loop = loop
        self.configuration = configuration
        identity = ConnectionIdentity(shard: configuration.shard, secret: configuration.staticSecret)
        socket = try UDPSocket(bind: bind, configuration: configuration)
        localAddress = socket.localAddress
        isAccepting = configuration.serverIdentity != nil
        slabWriter = .allocate(capacity: 1)
        slabWriter.initialize(to: SlabWriter())
        sendBuffer = .allocate(capacity: Self.maximumTrainByteCount + 65_536)
        vectors = .allocate(capacity: Self.vectorCount)
        pushedVectors = .allocate(capacity: Self.vectorCount)
        trainRemote = .allocate(capacity: 1)
        trainRemote.initialize(to: cquic_address())
        trainLocal = .allocate(capacity: 1)
        trainLocal.initialize(to: cquic_address())
        hook = loop.addTurnHook { [unowned self] in flush() }
        try watchSocket()
    }

    deinit {
        if let watch { loop.unwatch(watch) }
        if let hook { loop.removeTurnHook(hook) }
        slabWriter.deinitialize(count: 1)
        slabWriter.deallocate()
        sendBuffer.deallocate()
        vectors.deallocate()
        pushedVectors.deallocate()
        trainRemote.deallocate()
        trainLocal.deallocate()
    }

    public var connectionCount: Int { all.count }
    public var halfOpenCount: Int { halfOpen.count }
    /// Sums over the socket; the congestion and RTT fields stay zero.
    public var statistics: QUICStatistics {
        var result = QUICStatistics()
        result.sendCalls = socket.sendCalls
        result.segmentedSends = socket.segmentedSends
        result.packetsReceived = packetsReceived
        result.bytesReceived = bytesReceived
        result.datagramsDropped = socket.dropped
        return result
    }
    @exclusivity(unchecked) var packetsReceived: UInt64 = 0
    @exclusivity(unchecked) var bytesReceived: UInt64 = 0

    /// Accepts nothing more; existing connections go on.
    public func stopAccepting() { isAccepting = false }

    /// Closes every connection with `code` and calls `completion` when the last closing period (three probe
    /// timeouts, RFC 9000 section 10.2) is over.
    public func close(code: UInt64 = 0, reason: String = "", completion: (() -> Void)? = nil) {
        loop.preconditionOnLoop()
        isAccepting = false
        isClosing = true
        self.completion = completion
        for connection in Set(connections.values.map(ObjectBox.init)) {
            connection.object.close(code: code, reason: reason)
        }
        loop.requestTurn()
        finishClosing()
    }

    /// Forgets every connection without a word to its peer (their owners are told): for a process that must
    /// end at once. Connections and their endpoint keep each other alive until they end in one way or another.
    public func abandon() {
        isAccepting = false
        isClosing = true
        for connection in Set(connections.values.map(ObjectBox.init)) {
            connection.object.end(.application(code: 0, reason: "abandoned", byPeer: false))
        }
    }

    // MARK: dirty connections

    func addDirty(_ connection: QUICConnection) {
        dirty.append(connection)
        loop.requestTurn()
    }

    private func flush() {
        guard !dirty.isEmpty, !isSendBlocked else { return }
        swap(&dirty, &spareDirty)
        for index in spareDirty.indices {
            let connection = spareDirty[index]
            connection.isDirty = false
            if isSendBlocked {
                connection.wantsTurn()
            } else {
                connection.flush(self)
            }
        }
        spareDirty.removeAll(keepingCapacity: true)
    }

    // MARK: sending

    func beginTrain(
        _ path: UnsafeMutablePointer<ngtcp2_path_storage>, _ info: UnsafeMutablePointer<ngtcp2_pkt_info>,
        usesECN: Bool
    ) {
        Self.copy(path.pointee.path.remote, trainRemote)
        Self.copy(path.pointee.path.local, trainLocal)
        trainRawECN = info.pointee.ecn
        trainECN = usesECN ? info.pointee.ecn : 0
    }

    func trainMatches(
        _ path: UnsafeMutablePointer<ngtcp2_path_storage>, _ info: UnsafeMutablePointer<ngtcp2_pkt_info>
    ) -> Bool {
        trainRawECN == info.pointee.ecn && Self.equal(path.pointee.path.remote, trainRemote)
            && Self.equal(path.pointee.path.local, trainLocal)
    }

    /// Sends a part of `sendBuffer`; what the socket does not take now waits and blocks further writing.
    func transmit(from start: Int, to end: Int, segment: Int) {
        guard !isSendBlocked else {
            // Only the rest of a train that was already being built: it is lost like a packet on the path.
            return
        }
        var offset = 0
        let outcome = socket.send(
            sendBuffer + start, count: end - start, segment: segment, to: trainRemote, from: trainLocal,
            ecn: trainECN, offset: &offset)
        guard case .blocked = outcome else { return }
        blockedTrain.keep(
            UnsafeBufferPointer(start: sendBuffer + start + offset, count: end - start - offset),
            segment: segment, remote: trainRemote.pointee, local: trainLocal.pointee, ecn: trainECN)
        isSendBlocked = true
        if let watch { loop.update(watch, for: [.readable, .writable]) }
    }

    /// Sends one datagram outside any train; lost when the socket is full.
    func transmit(_ bytes: [UInt8], to remote: SocketAddress, from local: SocketAddress) {
        var remoteRaw = remote.raw
        var localRaw = local.raw
        var offset = 0
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            _ = socket.send(
                base, count: buffer.count, segment: buffer.count, to: &remoteRaw, from: &localRaw, ecn: 0,
                offset: &offset)
        }
    }

    private func sendBlockedTrain() {
        guard blockedTrain.send(on: socket) else { return }
        isSendBlocked = false
        if let watch { loop.update(watch, for: .readable) }
        if !dirty.isEmpty { loop.requestTurn() }
    }

    // MARK: socket

    /// Goes on from another local port, as a client behind a NAT does without knowing it.
    func replaceSocket() throws(TransportError) {
        var address = localAddress
        address.port = 0
        if let watch { loop.unwatch(watch) }
        watch = nil
        socket = try UDPSocket(bind: address, configuration: configuration)
        try watchSocket()
    }

    func watchSocket() throws(TransportError) {
        if let watch { loop.unwatch(watch) }
        watch = try loop.watch(socket.descriptor, for: .readable) { [unowned self] readiness in
            if readiness.contains(.failed) { readErrors() }
            if readiness.contains(.writable) { sendBlockedTrain() }
            if readiness.contains(.readable) { readSocket() }
        }
        isSendBlocked = false
        localAddress = socket.localAddress
    }

    private func readErrors() {
        var left = 64
        while left > 0, let (destination, error) = socket.nextError() {
            left -= 1
            guard error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH else { continue }
            for connection in Set(connections.values.map(ObjectBox.init))
            where connection.object.remoteAddress == destination { connection.object.refused(error) }
        }
    }

    private static func copy(_ address: ngtcp2_addr, _ target: UnsafeMutablePointer<cquic_address>) {
        let count = min(Int(address.addrlen), MemoryLayout<cquic_address>.size)
        if let source = address.addr {
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count)
        }
    }

    private static func equal(_ address: ngtcp2_addr, _ other: UnsafeMutablePointer<cquic_address>) -> Bool {
        guard let raw = address.addr else { return false }
        return memcmp(raw, other, min(Int(address.addrlen), MemoryLayout<cquic_address>.size)) == 0
    }

    /// Points `vectors` at `prefix` and the chunk's payloads: entries used, bytes, and whether all fitted.
    func describeChunk(prefix: Payload) -> (count: Int, byteCount: Int, isAll: Bool) {
        var filled = 0
        var total = 0
        func add(_ payload: Payload) -> Bool {
            guard let address = payload.unsafeBaseAddress, !payload.isEmpty else { return true }
            guard filled < Self.vectorCount else { return false }
            vectors[filled] = ngtcp2_vec(
                base: UnsafeMutablePointer(mutating: address.assumingMemoryBound(to: UInt8.self)),
                len: payload.count)
            filled += 1
            total += payload.count
            return true
        }
        guard add(prefix) else { return (filled, total, false) }
        for payload in chunk.payloads where !add(payload) { return (filled, total, false) }
        return (filled, total, true)
    }

    // MARK: bookkeeping

    func addID(_ key: UInt64, _ connection: QUICConnection) {
        connections[key] = connection
        all.insert(ObjectIdentifier(connection))
    }
    func removeID(_ key: UInt64) { connections[key] = nil }
    func addInitialID(_ id: InitialID, _ connection: QUICConnection) { initialConnections[id] = connection }

    func removeIDs(of connection: QUICConnection) {
        for key in connection.issuedIDs { connections[key] = nil }
        connection.issuedIDs = []
        if let id = connection.initialID { initialConnections[id] = nil }
        connection.initialID = nil
        for token in connection.peerTokens { resetTokens[token] = nil }
        connection.peerTokens = []
    }

    func handshakeEnded(_ connection: QUICConnection) { halfOpen.remove(ObjectIdentifier(connection)) }

    func remove(_ connection: QUICConnection) {
        removeIDs(of: connection)
        halfOpen.remove(ObjectIdentifier(connection))
        all.remove(ObjectIdentifier(connection))
        finishClosing()
    }

    private func finishClosing() {
        guard isClosing, all.isEmpty, let done = completion else { return }
        completion = nil
        loop.schedule(at: loop.now) { done() }
    }

    // MARK: clients' memory

    func clientTLS(_ configuration: QUICConfiguration) throws(TransportError) -> TLSContext {
        for (policy, context) in clientContexts where policy == configuration.verification { return context }
        let made = try TLSContext(verification: configuration.verification)
        if clientContexts.count >= 16 { clientContexts.removeFirst() }
        clientContexts.append((configuration.verification, made))
        return made
    }

    /// NEW_TOKEN of a server, for the next connection to it; 64 servers are remembered.
    func keepToken(_ token: Payload, for name: String) {
        if tokens.updateValue(Payload(token.bytes), forKey: name) == nil { tokenOrder.append(name) }
        if tokenOrder.count > 64 { tokens[tokenOrder.removeFirst()] = nil }
    }

    func token(for name: String) -> Payload { tokens[name] ?? Payload() }
}
