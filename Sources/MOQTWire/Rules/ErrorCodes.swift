import MOQTModel

/// Meaning to number and back, per draft; a meaning that a draft lacks becomes the nearest that it has.
public struct ErrorCodes: BitwiseCopyable, Sendable {
    let rules: DraftRules

    public init(_ rules: DraftRules) { self.rules = rules }

    private var codes: CodeRules { rules.codes }

    // MARK: PUBLISH_DONE (draft-18 section 10.13)

    public func publishDone(_ number: UInt64) -> PublishDoneStatus {
        switch number {
        case 0x0: .internalError
        case 0x1: .unauthorized
        case 0x2: .trackEnded
        case 0x3 where codes.doneHasSubscriptionEnded: .subscriptionEnded
        case 0x4: .goingAway
        case codes.doneExpired: .expired
        case codes.doneTooFarBehind: .tooFarBehind
        case 0x8 where codes.doneHasUpdateFailed: .updateFailed
        case 0x9 where codes.doneHasExcessiveLoad: .excessiveLoad
        case codes.doneMalformedTrack: .malformedTrack
        default: .unknown(number)
        }
    }

    public func code(_ status: PublishDoneStatus) -> UInt64 {
        switch status {
        case .internalError: 0x0
        case .unauthorized: 0x1
        case .trackEnded: 0x2
        // Without a number of its own: TRACK_ENDED would be a lie about the track, so INTERNAL_ERROR.
        case .subscriptionEnded: codes.doneHasSubscriptionEnded ? 0x3 : 0x0
        case .goingAway: 0x4
        case .expired: codes.doneExpired
        case .tooFarBehind: codes.doneTooFarBehind
        case .updateFailed: codes.doneHasUpdateFailed ? 0x8 : 0x0
        case .excessiveLoad: codes.doneHasExcessiveLoad ? 0x9 : 0x0
        case .malformedTrack: codes.doneMalformedTrack
        case .unknown(let number): number
        }
    }

    // MARK: Streams (draft-18 section 15.10.4)

    public func streamReset(_ number: UInt64) -> StreamResetCode {
        switch number {
        case 0x0: .internalError
        case 0x1: .cancelled
        case 0x2: .deliveryTimeout
        case 0x3: .sessionClosed
        case codes.resetGoingAway where codes.resetGoingAway != 0: .goingAway
        case codes.resetUnknownObjectStatus where codes.resetUnknownObjectStatus != 0: .unknownObjectStatus
        case 0x5 where codes.resetHasTooFarBehind: .tooFarBehind
        case 0x7 where codes.resetHasExpiredAuthToken: .expiredAuthToken
        case 0x9 where codes.resetHasExcessiveLoad: .excessiveLoad
        case 0x12 where codes.resetHasMalformedTrack: .malformedTrack
        default: .unknown(number)
        }
    }

    public func code(_ reset: StreamResetCode) -> UInt64 {
        let cancelled: UInt64 = 0x1
        return switch reset {
        case .internalError: 0x0
        case .cancelled: cancelled
        case .deliveryTimeout: 0x2
        case .sessionClosed: 0x3
        case .goingAway: codes.resetGoingAway != 0 ? codes.resetGoingAway : cancelled
        case .tooFarBehind: codes.resetHasTooFarBehind ? 0x5 : cancelled
        case .unknownObjectStatus:
            codes.resetUnknownObjectStatus != 0 ? codes.resetUnknownObjectStatus : 0x0
        case .expiredAuthToken: codes.resetHasExpiredAuthToken ? 0x7 : cancelled
        case .excessiveLoad: codes.resetHasExcessiveLoad ? 0x9 : cancelled
        case .malformedTrack: codes.resetHasMalformedTrack ? 0x12 : cancelled
        case .unknown(let number): number
        }
    }

    // MARK: Sessions (draft-18 section 3.4)

    private static let sessionTable: [(UInt64, SessionErrorCode)] = [
        (0x0, .noError), (0x1, .internalError), (0x2, .unauthorized), (0x3, .protocolViolation),
        (0x4, .invalidRequestID), (0x5, .duplicateTrackAlias), (0x6, .keyValueFormattingError),
        (0x8, .invalidPath), (0x9, .malformedPath), (0x10, .goAwayTimeout), (0x11, .controlMessageTimeout),
        (0x12, .dataStreamTimeout), (0x13, .authTokenCacheOverflow), (0x14, .duplicateAuthTokenAlias),
        (0x15, .versionNegotiationFailed), (0x16, .malformedAuthToken), (0x17, .unknownAuthTokenAlias),
        (0x18, .expiredAuthToken), (0x19, .invalidAuthority), (0x1A, .malformedAuthority),
    ]

    public func session(_ number: UInt64) -> SessionErrorCode {
        switch number {
        case 0x7 where codes.sessionHasTooManyRequests: .tooManyRequests
        case 0x7 where codes.sessionHasInvalidRequiredRequestID: .invalidRequiredRequestID
        case 0x1B where codes.sessionHasTooManyRequestUpdates: .tooManyRequestUpdates
        default: Self.sessionTable.first { $0.0 == number }?.1 ?? .unknown(number)
        }
    }

    public func code(_ error: SessionErrorCode) -> UInt64 {
        let violation: UInt64 = 0x3
        switch error {
        case .tooManyRequests: return codes.sessionHasTooManyRequests ? 0x7 : violation
        case .invalidRequiredRequestID: return codes.sessionHasInvalidRequiredRequestID ? 0x7 : violation
        case .tooManyRequestUpdates: return codes.sessionHasTooManyRequestUpdates ? 0x1B : violation
        case .unknown(let number): return number
        default: return Self.sessionTable.first { $0.1 == error }?.0 ?? 0x1
        }
    }

    // MARK: Requests (draft-18 section 10.6, draft-14 sections 9.9 to 9.29)

    /// The meaning of a request error; the kind of request matters where answers have types of their own.
    public func request(_ number: UInt64, _ kind: RequestKind?) -> RequestErrorCode {
        switch rules.answerTypes {
        case .shared: sharedTable.first { $0.0 == number }?.1 ?? .unknown(number)
        case .perRequest: Self.table(kind).first { $0.0 == number }?.1 ?? .unknown(number)
        }
    }

    public func code(_ error: RequestErrorCode, _ kind: RequestKind?) -> UInt64 {
        if case .unknown(let number) = error { return number }
        switch rules.answerTypes {
        case .shared:
            return number(error, in: sharedTable)
        case .perRequest:
            return number(error, in: Self.table(kind))
        }
    }

    /// The number of `error`, or of what comes nearest; 0 is INTERNAL_ERROR everywhere.
    private func number(_ error: RequestErrorCode, in table: [(UInt64, RequestErrorCode)]) -> UInt64 {
        var wanted = error
        for _ in 0..<3 {
            if let entry = table.first(where: { $0.1 == wanted }) { return entry.0 }
            guard let next = Self.nearest(wanted) else { return 0 }
            wanted = next
        }
        return 0
    }

    private static func nearest(_ error: RequestErrorCode) -> RequestErrorCode? {
        switch error {
        case .redirect, .uninterested: .doesNotExist
        case .doesNotExist: .uninterested
        case .noObjects, .invalidJoiningRequestID: .invalidRange
        case .unsupportedExtension, .conflictingFilters, .invalidFilter: .notSupported
        case .namespaceTooLarge: .prefixOverlap
        default: nil
        }
    }

    private static let common: [(UInt64, RequestErrorCode)] = [
        (0x0, .internalError), (0x1, .unauthorized), (0x2, .timeout), (0x3, .notSupported),
    ]
    private static let tokens: [(UInt64, RequestErrorCode)] = [
        (0x10, .malformedAuthToken), (0x12, .expiredAuthToken),
    ]
    private static let subscribe = common + tokens + [(0x4, .doesNotExist), (0x5, .invalidRange)]
    private static let fetch =
        subscribe + [
            (0x6, .noObjects), (0x7, .invalidJoiningRequestID), (0x8, .unknownStatusInRange),
            (0x9, .malformedTrack),
        ]
    private static let publish = common + tokens + [(0x4, .uninterested)]
    private static let prefix = common + tokens + [(0x4, .doesNotExist), (0x5, .prefixOverlap)]

    private static func table(_ kind: RequestKind?) -> [(UInt64, RequestErrorCode)] {
        switch kind {
        case .subscribe, .trackStatus, .update, nil: subscribe
        case .fetch: fetch
        case .publish, .publishNamespace: publish
        case .subscribeNamespace, .subscribeTracks: prefix
        }
    }

    private var sharedTable: [(UInt64, RequestErrorCode)] {
        var table =
            Self.common + [
                (0x4, .malformedAuthToken), (0x5, .expiredAuthToken), (0x10, .doesNotExist),
                (0x11, .invalidRange), (0x12, .malformedTrack), (0x20, .uninterested), (0x30, .prefixOverlap),
            ]
        if codes.hasGoingAway { table.append((0x6, .goingAway)) }
        if codes.hasExcessiveLoad { table.append((0x9, .excessiveLoad)) }
        if codes.hasDuplicateSubscription { table.append((0x19, .duplicateSubscription)) }
        if codes.hasNamespaceTooLarge { table.append((0x31, .namespaceTooLarge)) }
        if codes.hasInvalidJoiningRequestID { table.append((0x32, .invalidJoiningRequestID)) }
        if codes.hasUnknownStatusInRange { table.append((0x33, .unknownStatusInRange)) }
        if codes.hasUnsupportedExtension { table.append((0x33, .unsupportedExtension)) }
        if codes.hasRedirect { table.append((0x34, .redirect)) }
        if codes.hasFilterErrors { table += [(0x35, .conflictingFilters), (0x36, .invalidFilter)] }
        return table
    }
}
