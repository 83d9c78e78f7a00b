import Containers

/// Feeds a parser with headers that may be split over payloads. A header that lies in one payload is parsed in
/// place; one that is split is gathered byte for byte in a small buffer, never more than it needs.
struct HeaderGatherer {
    /// Bytes that nobody has taken.
    private(set) var pending = Payload()
    private var scratch: [UInt8] = []

    /// Bytes of an unfinished header that have left `pending`.
    var heldByteCount: Int { scratch.count }
    var isEmpty: Bool { pending.isEmpty && scratch.isEmpty }

    mutating func feed(_ payload: Payload) {
        guard !pending.isEmpty else {
            pending = payload
            return
        }
        // The caller did not take everything first: allowed, but it costs a copy.
        if let joined = pending.merged(with: payload) {
            pending = joined
        } else {
            pending = Payload(pending.bytes + payload.bytes)
        }
    }

    /// Takes at most `limit` bytes off the front, shared.
    mutating func take(_ limit: UInt64) -> Payload {
        let count = limit < UInt64(pending.count) ? Int(limit) : pending.count
        let taken = pending.slice(from: 0, count: count)
        pending = pending.slice(from: count)
        return taken
    }

    /// Throws away what is pending.
    mutating func drop() { pending = Payload() }

    /// A header, or nil when its bytes are not all there yet. `parse` may run again and again on the same
    /// bytes. The second part of its result is a range of bytes inside the header, given back as a payload.
    mutating func header<R>(
        _ varint: VarintKind, _ parse: (inout WireReader) throws(WireError) -> (R, Range<Int>)
    ) throws(WireError) -> (R, Payload)? {
        if scratch.isEmpty {
            guard !pending.isEmpty else { return nil }
            let outcome = try pending.withUnsafeBytes { (bytes) throws(WireError) in
                try Self.attempt(bytes, varint, parse)
            }
            if case .parsed(let result, let range, let count) = outcome {
                let part = pending.slice(from: range.lowerBound, count: range.count)
                pending = pending.slice(from: count)
                return (result, part)
            }
            hold(pending.count)
            return nil
        }
        while true {
            let outcome = try scratch.withBytes { (bytes) throws(WireError) in
                try Self.attempt(bytes, varint, parse)
            }
            switch outcome {
            case .parsed(let result, let range, _):
                let part = range.isEmpty ? Payload() : Payload(Array(scratch[range]))
                scratch.removeAll(keepingCapacity: scratch.capacity <= 128)
                return (result, part)
            case .missing(let count):
                if pending.isEmpty { return nil }
                hold(count)
            }
        }
    }

    private enum Outcome<R> {
        case parsed(R, Range<Int>, count: Int)
        case missing(Int)
    }

    private static func attempt<R>(
        _ bytes: UnsafeRawBufferPointer, _ varint: VarintKind,
        _ parse: (inout WireReader) throws(WireError) -> (R, Range<Int>)
    ) throws(WireError) -> Outcome<R> {
        var reader = WireReader(bytes, varint: varint)
        do throws(WireError) {
            let (result, range) = try parse(&reader)
            return .parsed(result, range, count: reader.position)
        } catch {
            if case .needMore = error { return .missing(max(1, reader.missing)) }
            throw error
        }
    }

    private mutating func hold(_ wanted: Int) {
        let count = min(wanted, pending.count)
        pending.slice(from: 0, count: count).withUnsafeBytes { scratch.append(contentsOf: $0) }
        pending = pending.slice(from: count)
    }
}
