import CNgtcp2
import TransportInterface

/// The bytes of one stream that the send source gave, while packet after packet of a train is filled from them.
///
/// The source is asked once and told once, not for every packet. A train is built within one turn, so nothing
/// more urgent can turn up meanwhile.
struct PulledChunk {
    /// Whose bytes they are; nil when nothing is open.
    private(set) var stream: QUICStream?
    /// The stream ends with the last of them.
    private(set) var fin = false
    /// The source has nothing behind them.
    private(set) var isLast = false
    /// Bytes that packets have taken, and bytes that are left.
    private(set) var takenByteCount = 0
    private(set) var leftByteCount = 0
    private(set) var finTaken = false
    /// Where the rest lies.
    private var vectors: UnsafeMutablePointer<ngtcp2_vec>
    private(set) var vectorCount = 0

    init(vectors: UnsafeMutablePointer<ngtcp2_vec>) { self.vectors = vectors }

    var rest: UnsafeMutablePointer<ngtcp2_vec> { vectors }

    mutating func open(
        _ stream: QUICStream, _ vectors: UnsafeMutablePointer<ngtcp2_vec>, count: Int, byteCount: Int,
        fin: Bool, isLast: Bool
    ) {
        self.stream = stream
        self.vectors = vectors
        self.fin = fin
        self.isLast = isLast
        vectorCount = count
        leftByteCount = byteCount
        takenByteCount = 0
        finTaken = false
    }

    mutating func close() { stream = nil }

    /// A packet took the first `count` bytes; with the last of them the FIN.
    mutating func take(_ count: Int) {
        takenByteCount += count
        leftByteCount -= count
        if leftByteCount == 0 {
            finTaken = fin
            vectorCount = 0
            return
        }
        var skip = count
        while skip > 0, vectorCount > 0 {
            let there = vectors.pointee.len
            if skip < there {
                vectors.pointee.base = vectors.pointee.base + skip
                vectors.pointee.len = there - skip
                return
            }
            skip -= there
            vectors += 1
            vectorCount -= 1
        }
    }
}
