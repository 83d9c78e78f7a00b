import Containers
import MOQTModel
import MOQTWire
import RelayCore

/// What the log does not hold, and comes from upstream.
extension FetchCursor {
    enum PipeStep {
        /// Bytes were added, or something was left out.
        case went
        /// Nothing is there yet.
        case waits
        /// The log goes on.
        case over
    }

    /// The next item from upstream, encoded. `writer` is empty.
    mutating func nextFromPipe(
        _ pipe: FetchPipe, _ writer: inout WireWriter, _ slab: inout SlabWriter
    ) throws(WireError) -> PipeStep {
        guard let item = pipe.take() else {
            guard pipe.isDrained else { return .waits }
            return pipeIsOver(pipe)
        }
        switch item {
        case .object(let header):
            guard pipe.range.contains(header.location), objectRemaining == 0 else {
                fail(.malformedTrack)
                return .over
            }
            objectRemaining = header.payloadByteCount
            isLeftOut = !passes(header)
            guard !isLeftOut, header.status == .normal || rules.fetchObjects.hasStatus else { return .went }
            try encoder.objectHeader(header, into: &writer)
            publisherPriority = header.priority
            append(slab.copy(writer.bytes))
        case .payload(let bytes):
            guard UInt64(bytes.count) <= objectRemaining else {
                fail(.malformedTrack)
                return .over
            }
            objectRemaining -= UInt64(bytes.count)
            if !isLeftOut { append(bytes) }
        case .gap(let gap, let location):
            if rules.fetchObjects.hasStatus {
                // Older drafts say that there is nothing by leaving it out, and have no word for the rest.
                if gap != .nonExistent { fail(.unknownObjectStatus) }
                return .went
            }
            let end = min(location, pipe.range.end)
            let limit = rules.varint.maximum
            try encoder.gap(
                gap, through: Location(group: min(end.group, limit), object: min(end.object, limit)),
                into: &writer)
            append(slab.copy(writer.bytes))
        }
        return .went
    }

    private func passes(_ header: FetchObjectHeader) -> Bool {
        if filters.isEmpty { return true }
        return passes(
            KeptObject(
                location: header.location, subgroup: header.subgroup, priority: header.priority,
                header: ObjectHeader(
                    objectID: header.location.object, status: header.status,
                    payloadByteCount: header.payloadByteCount, properties: header.properties)))
    }

    private mutating func pipeIsOver(_ pipe: FetchPipe) -> PipeStep {
        self.pipe = nil
        if case .reset(let code)? = pipe.end {
            fail(code)
        } else if objectRemaining > 0 {
            fail(.internalError)
        } else if let failure = pipe.failure, failure.code != .noObjects {
            // Of what has been passed on, nothing can be taken back.
            if pipe.hasItems || failure.code == .unsupportedExtension {
                fail(.internalError)
            } else {
                unknown = pipe.range
            }
        }
        return .over
    }

    /// What FETCH_OK says can be said now, or that there will be none; nil: not yet.
    mutating func decision() -> FetchDecision? {
        if !isAccepted, hasGivenUp {
            return answersAsUpstream || failure != nil
                ? .refuse(RequestFailure(.timeout, "the publisher did not answer")) : .accept(nil)
        }
        guard !isAccepted, let pipe else { return nil }
        if let failure = pipe.failure, !pipe.hasItems {
            if failure.code == .noObjects, !rules.emptyFetchIsRefused { return .accept(nil) }
            if coversAll(pipe.range) || failure.code == .unsupportedExtension {
                return .refuse(failure.relayed)
            }
            if failure.code == .noObjects { return .accept(nil) }
            return rules.fetchObjects.hasStatus
                ? .refuse(RequestFailure(.unknownStatusInRange, "a part of the range cannot be had"))
                : .accept(nil)
        }
        if case .reset? = pipe.end, !pipe.hasItems {
            return .refuse(RequestFailure(.internalError, "the publisher broke off"))
        }
        if answersAsUpstream, pipe.answer == nil { return nil }
        if rules.emptyFetchIsRefused, !pipe.hasItems {
            guard pipe.end != nil else { return nil }
            if !hasMoreInLog {
                return .refuse(RequestFailure(.noObjects, "nothing lies in the range"))
            }
        }
        guard pipe.answer != nil || pipe.hasBegun else { return nil }
        return .accept(answersAsUpstream ? pipe.answer : nil)
    }

    private func coversAll(_ range: FetchRange) -> Bool {
        range.start <= asked.start && range.end >= asked.end
    }

    private var hasMoreInLog: Bool {
        var rest = walk
        var payloads: [Payload] = []
        if case .finished = rest.next(in: log, payloads: &payloads) { return false }
        return true
    }
}
