import Containers
import MOQTModel
import MOQTWire

/// The peer's data streams. Slots are reused, so that steady traffic allocates nothing but map growth.
struct DataStreamTable {
    private var slotOf: [StreamID: Int] = [:]
    var slots: [DataStream] = []
    private var free: [Int] = []
    /// Held streams, oldest first; their deadlines lie equally far ahead.
    private(set) var held: [StreamID] = []
    private(set) var heldByteCount = 0
    private let limits: SessionLimits

    init(limits: SessionLimits) { self.limits = limits }

    var count: Int { slotOf.count }

    var nextDeadline: Instant {
        guard let first = held.first, let slot = slotOf[first] else { return .distantFuture }
        return slots[slot].deadline
    }

    func slot(of stream: StreamID) -> Int? { slotOf[stream] }

    /// nil when more streams are open than we keep.
    mutating func add(_ stream: StreamID, rules: DraftRules) -> Int? {
        guard slotOf.count < limits.openDataStreams else { return nil }
        let entry = DataStream(id: stream, rules: rules)
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            slots[slot] = entry
        } else {
            slot = slots.count
            slots.append(entry)
        }
        slotOf[stream] = slot
        return slot
    }

    mutating func remove(_ stream: StreamID) {
        guard let slot = slotOf.removeValue(forKey: stream) else { return }
        unhold(slot)
        slots[slot].state = .discarding
        slots[slot].header = nil
        free.append(slot)
    }

    /// The transport has forgotten the stream; what is held of it stays until its time is up.
    mutating func forget(_ stream: StreamID) {
        guard let slot = slotOf[stream], slots[slot].state != .held else { return }
        remove(stream)
    }

    /// The streams that deliver objects of a request.
    func streams(of request: RequestID) -> [StreamID] {
        slotOf.compactMap {
            slots[$0.value].state == .flowing && slots[$0.value].request == request ? $0.key : nil
        }
        .sorted()
    }

    // MARK: Holding

    /// False when there is no room for it.
    mutating func hold(_ slot: Int, header: SubgroupHeader, byteCount: Int, deadline: Instant) -> Bool {
        guard held.count < limits.heldStreams else { return false }
        slots[slot].state = .held
        slots[slot].header = header
        slots[slot].deadline = deadline
        held.append(slots[slot].id)
        return addHeld(byteCount, to: slot)
    }

    /// False when the bytes are more than we keep.
    mutating func holdMore(_ slot: Int, _ bytes: Payload) -> Bool {
        slots[slot].heldPayloads.append(bytes)
        return addHeld(bytes.count, to: slot)
    }

    private mutating func addHeld(_ byteCount: Int, to slot: Int) -> Bool {
        slots[slot].heldByteCount += byteCount
        heldByteCount += byteCount
        return slots[slot].heldByteCount <= limits.heldBytesPerStream && heldByteCount <= limits.heldBytes
            // A byte at a time must not cost a payload each without bound.
            && slots[slot].heldPayloads.count <= Self.maximumHeldPieces
    }

    private static let maximumHeldPieces = 4096

    /// Takes a stream out of the held ones; its bytes stay in its slot.
    mutating func unhold(_ slot: Int) {
        guard slots[slot].deadline != .distantFuture else { return }
        let id = slots[slot].id
        held.removeAll { $0 == id }
        heldByteCount -= slots[slot].heldByteCount
        slots[slot].heldByteCount = 0
        slots[slot].heldPayloads = []
        slots[slot].deadline = .distantFuture
    }

    func held(for alias: TrackAlias) -> [StreamID] {
        held.filter { slotOf[$0].flatMap { slots[$0].header?.alias } == alias }
    }
}
