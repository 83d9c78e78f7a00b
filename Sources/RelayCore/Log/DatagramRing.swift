import Containers
import MOQTModel

/// The last datagrams of a track, numbered in the order of arrival.
struct DatagramRing {
    struct Entry {
        var datagram: ObjectDatagram
        var arrivedAt: Instant
    }

    private var entries: [Entry] = []
    private let capacity: Int
    private var largest: Location?
    /// The number that the next datagram gets; from 0.
    private(set) var endSequence = 0

    /// `capacity` is rounded up to a power of two.
    init(capacity: Int) {
        var size = 1
        while size < capacity { size *= 2 }
        self.capacity = size
    }

    /// The number of the oldest datagram that is kept.
    var startSequence: Int { max(0, endSequence - capacity) }

    subscript(sequence: Int) -> Entry { entries[sequence & (capacity - 1)] }

    func location(_ sequence: Int) -> Location { entries[sequence & (capacity - 1)].datagram.location }
    func priority(_ sequence: Int) -> UInt8? { entries[sequence & (capacity - 1)].datagram.priority }
    func arrivedAt(_ sequence: Int) -> Instant { entries[sequence & (capacity - 1)].arrivedAt }

    /// The number of the datagram at `location`, if it is kept.
    func sequence(of location: Location) -> Int? {
        (startSequence..<endSequence).first { self.location($0) == location }
    }

    /// Adds a datagram; false when its location has been seen.
    mutating func append(_ datagram: ObjectDatagram, now: Instant) -> Bool {
        if let largest, datagram.location <= largest {
            for entry in entries where entry.datagram.location == datagram.location { return false }
        } else {
            largest = datagram.location
        }
        let entry = Entry(datagram: datagram, arrivedAt: now)
        if entries.count < capacity {
            entries.append(entry)
        } else {
            entries[endSequence & (capacity - 1)] = entry
        }
        endSequence += 1
        return true
    }
}
