/// Which of a track's last 1 024 objects have come: tells what is new, double, or out of turn.
struct SequenceWindow {
    enum Verdict { case new, reordered, duplicate, tooOld }

    private static let size: UInt64 = 1024
    private var bits = [UInt64](repeating: 0, count: Int(size / 64))
    private(set) var first: UInt64?
    private(set) var highest: UInt64 = 0

    mutating func add(_ sequence: UInt64) -> Verdict {
        guard first != nil else {
            first = sequence
            highest = sequence
            set(sequence)
            return .new
        }
        if sequence > highest {
            let step = sequence - highest
            if step >= Self.size {
                for index in bits.indices { bits[index] = 0 }
            } else {
                var next = highest + 1
                while next <= sequence {
                    clear(next)
                    next += 1
                }
            }
            highest = sequence
            set(sequence)
            return .new
        }
        if highest - sequence >= Self.size { return .tooOld }
        if isSet(sequence) { return .duplicate }
        set(sequence)
        return .reordered
    }

    private func isSet(_ sequence: UInt64) -> Bool {
        bits[Int(sequence % Self.size) >> 6] & (1 << (sequence & 63)) != 0
    }
    private mutating func set(_ sequence: UInt64) {
        bits[Int(sequence % Self.size) >> 6] |= 1 << (sequence & 63)
    }
    private mutating func clear(_ sequence: UInt64) {
        bits[Int(sequence % Self.size) >> 6] &= ~(1 << (sequence & 63))
    }
}
