import MOQTModel
import MOQTWire
import Testing

/// Error and status codes by meaning (draft-18 section 15.10).
struct CodeTests {
    private func codes(_ number: Int) -> ErrorCodes { ErrorCodes(DraftRules.of(number)) }

    @Test func `EXPIRED and TOO_FAR_BEHIND changed places at draft 18`() {
        for (number, expired, behind) in [(14, 5, 6), (16, 5, 6), (17, 5, 6), (18, 6, 5), (19, 6, 5)] {
            #expect(codes(number).code(PublishDoneStatus.expired) == UInt64(expired))
            #expect(codes(number).code(PublishDoneStatus.tooFarBehind) == UInt64(behind))
            #expect(codes(number).publishDone(UInt64(expired)) == .expired)
        }
    }

    @Test func `reset codes 4 and 6 moved at draft 18`() {
        #expect(codes(14).streamReset(4) == .unknown(4))
        #expect(codes(16).streamReset(4) == .unknownObjectStatus)
        #expect(codes(17).streamReset(4) == .unknownObjectStatus)
        #expect(codes(18).streamReset(4) == .goingAway)
        #expect(codes(18).streamReset(6) == .unknownObjectStatus)
        #expect(codes(16).streamReset(6) == .unknown(6))
        #expect(codes(14).code(StreamResetCode.tooFarBehind) == 1)
        #expect(codes(14).code(StreamResetCode.malformedTrack) == 1)
        #expect(codes(18).code(StreamResetCode.malformedTrack) == 0x12)
    }

    @Test func `draft 14 numbers depend on the request`() {
        let codes = codes(14)
        #expect(codes.request(4, .subscribe) == .doesNotExist)
        #expect(codes.request(4, .publish) == .uninterested)
        #expect(codes.request(4, .publishNamespace) == .uninterested)
        #expect(codes.request(5, .fetch) == .invalidRange)
        #expect(codes.request(5, .subscribeNamespace) == .prefixOverlap)
        #expect(codes.request(9, .fetch) == .malformedTrack)
        #expect(codes.request(9, .subscribe) == .unknown(9))
        #expect(codes.code(.expiredAuthToken, .subscribe) == 0x12)
        #expect(codes.code(.redirect, .subscribe) == 4)
        #expect(codes.code(.doesNotExist, .publish) == 4)
        #expect(codes.code(.goingAway, .fetch) == 0)
        #expect(codes.code(.invalidJoiningRequestID, .subscribe) == 5)
    }

    @Test func `later drafts share one registry that grows`() {
        let rows: [(RequestErrorCode, UInt64, since: Int, until: Int)] = [
            (.internalError, 0x0, 15, 99), (.timeout, 0x2, 15, 99), (.malformedAuthToken, 0x4, 15, 99),
            (.goingAway, 0x6, 17, 99), (.excessiveLoad, 0x9, 17, 99), (.doesNotExist, 0x10, 15, 99),
            (.malformedTrack, 0x12, 15, 99), (.duplicateSubscription, 0x19, 16, 18),
            (.uninterested, 0x20, 15, 99),
            (.prefixOverlap, 0x30, 15, 99), (.namespaceTooLarge, 0x31, 17, 99),
            (.unknownStatusInRange, 0x33, 15, 15), (.unsupportedExtension, 0x33, 18, 99),
            (.redirect, 0x34, 18, 99),
            (.invalidFilter, 0x36, 19, 99),
        ]
        for draft in Draft.all where draft.number > 14 {
            for (meaning, number, since, until) in rows {
                let isDefined = (since...until).contains(draft.number)
                #expect(
                    (codes(draft.number).request(number, nil) == meaning) == isDefined, "\(draft) \(meaning)")
                #expect(isDefined == false || codes(draft.number).code(meaning, nil) == number)
            }
        }
    }

    @Test(arguments: Draft.all)
    func `no meaning is written as a number that means something else`(draft: Draft) {
        let codes = ErrorCodes(draft.rules)
        let errors: [RequestErrorCode] = [
            .internalError, .unauthorized, .timeout, .notSupported, .malformedAuthToken, .expiredAuthToken,
            .goingAway, .excessiveLoad, .doesNotExist, .invalidRange, .malformedTrack, .duplicateSubscription,
            .uninterested, .prefixOverlap, .namespaceTooLarge, .invalidJoiningRequestID,
            .unsupportedExtension,
            .redirect, .conflictingFilters, .invalidFilter, .noObjects, .unknownStatusInRange,
        ]
        let nearby: [RequestErrorCode] = [
            .internalError, .doesNotExist, .uninterested, .invalidRange, .notSupported, .prefixOverlap,
        ]
        for kind: RequestKind in [
            .subscribe, .publish, .fetch, .trackStatus, .publishNamespace, .subscribeNamespace,
        ] {
            for error in errors {
                let read = codes.request(codes.code(error, kind), kind)
                #expect(read == error || nearby.contains(read), "\(draft) \(kind) \(error) became \(read)")
            }
        }
        let statuses: [PublishDoneStatus] = [
            .internalError, .unauthorized, .trackEnded, .subscriptionEnded, .goingAway, .expired,
            .tooFarBehind,
            .updateFailed, .excessiveLoad, .malformedTrack,
        ]
        for status in statuses {
            let read = codes.publishDone(codes.code(status))
            #expect(read == status || read == .internalError, "\(draft) \(status) became \(read)")
        }
    }

    @Test func `session code 7 has three lives`() {
        #expect(codes(14).session(7) == .tooManyRequests && codes(16).session(7) == .tooManyRequests)
        #expect(codes(17).session(7) == .invalidRequiredRequestID)
        #expect(codes(18).session(7) == .unknown(7))
        #expect(
            codes(19).session(0x1B) == .tooManyRequestUpdates && codes(18).session(0x1B) == .unknown(0x1B))
        #expect(codes(18).code(SessionErrorCode.goAwayTimeout) == 0x10)
        #expect(codes(14).code(SessionErrorCode.malformedAuthority) == 0x1A)
        #expect(codes(18).code(SessionErrorCode.tooManyRequests) == 3)
    }
}
