import MOQTModel

@testable import RelayCore

/// What a peer received on one stream.
struct DeliveredStream {
    struct Object: Equatable {
        var id: UInt64
        var status: ObjectStatus
        var payload: [UInt8]
        var properties: [UInt8]
        var isWhole: Bool
    }

    enum End: Equatable { case fin, reset(StreamResetCode) }

    var opening: SubgroupOpening
    var shape: WireShape
    var bytes: [UInt8] = []
    var end: End?

    /// The objects on the stream; nil when the bytes contradict themselves.
    var objects: [Object]? {
        var objects: [Object] = []
        var at = 3
        var previous: UInt64?
        guard bytes.count >= 3, Array(bytes[0..<3]) == Self.header(of: opening) else {
            return bytes.count < 3 ? [] : nil
        }
        func number(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        while bytes.count - at >= 28 {
            guard bytes[at] == 0xA0 | shape.rawValue, bytes[at + 1] == (previous == nil ? 1 : 0) else {
                return nil
            }
            let id = number(at + 2)
            guard number(at + 10) == id &- (previous ?? 0),
                let status = ObjectStatus(rawValue: bytes[at + 26])
            else { return nil }
            let length = Int(number(at + 18))
            let properties = Int(bytes[at + 27])
            guard bytes.count - at - 28 >= properties else { break }
            let start = at + 28 + properties
            let end = min(start + length, bytes.count)
            objects.append(
                Object(
                    id: id, status: status, payload: Array(bytes[start..<end]),
                    properties: Array(bytes[(at + 28)..<start]), isWhole: end == start + length))
            previous = id
            at = end
        }
        return objects
    }

    var wholeObjectIDs: [UInt64]? { objects.map { $0.filter(\.isWhole).map(\.id) } }

    static func header(of opening: SubgroupOpening) -> [UInt8] {
        [0x55, UInt8(truncatingIfNeeded: opening.group), UInt8(truncatingIfNeeded: opening.subgroup)]
    }
}
