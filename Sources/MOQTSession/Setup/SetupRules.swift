import MOQTModel
import MOQTWire

/// The rules of the SETUP exchange (draft-18 sections 3.3 and 10.3, draft-14 section 9.3).
enum SetupRules {
    /// The drafts that the transport's protocol name leaves open, newest first. No name stands for the drafts
    /// that negotiate inside SETUP.
    static func candidates(protocolName: String?, allowed: [Draft]) -> [Draft] {
        guard let protocolName else { return allowed.filter { $0.rules.versionsInSetup } }
        let meant = Draft.forALPN(protocolName)
        return allowed.filter { meant.contains($0) }
    }

    /// Our own SETUP. `chosen` is the version that a server answers with in-band.
    static func ownSetup(
        _ configuration: SessionConfiguration, rules: DraftRules, offered: [Draft], chosen: Draft?,
        requestLimit: UInt64
    ) -> Setup {
        var setup = Setup(role: configuration.role)
        if rules.versionsInSetup {
            setup.versions = chosen.map { [$0.versionNumber] } ?? offered.map(\.versionNumber)
        }
        if configuration.role == .client, !configuration.isWebTransport {
            if !configuration.path.isEmpty { setup.path = Array(configuration.path.utf8) }
            if !configuration.authority.isEmpty { setup.authority = Array(configuration.authority.utf8) }
        }
        if rules.hasRequestCredit { setup.maxRequestID = requestLimit }
        if configuration.tokenCacheByteCount > 0 {
            setup.maxAuthTokenCacheSize = configuration.tokenCacheByteCount
        }
        if configuration.filterRanges > 0 { setup.maxFilterRanges = configuration.filterRanges }
        if configuration.requestUpdates > 0 { setup.maxRequestUpdates = configuration.requestUpdates }
        if !configuration.implementation.isEmpty { setup.implementation = configuration.implementation }
        setup.authorizationTokens = configuration.authorizationTokens
        if let grease = Grease.setupOption(seed: seed(configuration), rules) { setup.unknown.append(grease) }
        return setup
    }

    /// Another number for another place and program, and always the same for the same: tests repeat (FNV-1a).
    private static func seed(_ configuration: SessionConfiguration) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for text in [configuration.authority, configuration.path, configuration.implementation] {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        return hash
    }

    /// The draft that an in-band SETUP settles on; nil when there is none (VERSION_NEGOTIATION_FAILED).
    ///
    /// It does not throw: Swift 6.3.1's optimizer made `throws(SessionFailure) -> Draft` throw bytes from
    /// anywhere, in release builds only, and the relay died of every draft-14 client.
    static func negotiated(_ setup: Setup, candidates: [Draft]) -> Draft? {
        candidates.first { setup.versions.contains($0.versionNumber) }
    }

    /// Checks PATH, AUTHORITY and tokens of the peer's SETUP and cleans it of what was tolerated.
    ///
    /// Throws with the scope of the session.
    static func check(
        _ setup: inout Setup, configuration: SessionConfiguration, rules: DraftRules,
        tolerated: inout ToleratedFaults
    ) throws(SessionFailure) {
        let mayNameTarget = configuration.role == .server && !configuration.isWebTransport
        if !mayNameTarget, setup.authority != nil, rules.versionsInSetup {
            // Draft 14 gives AUTHORITY and MOQT_IMPLEMENTATION the same number.
            setup.authority = nil
            tolerated.ambiguousAuthorities += 1
        }
        if let path = setup.path {
            guard mayNameTarget else {
                throw SessionFailure(.invalidPath, "PATH is for clients on raw QUIC")
            }
            guard isPath(path) else { throw SessionFailure(.malformedPath, "PATH is no path-abempty") }
        }
        if let authority = setup.authority {
            guard mayNameTarget else {
                throw SessionFailure(.invalidAuthority, "AUTHORITY is for clients on raw QUIC")
            }
            guard isAuthority(authority) else {
                throw SessionFailure(.malformedAuthority, "AUTHORITY is no authority")
            }
        }
        if mayNameTarget, setup.path == nil || setup.authority == nil { tolerated.missingPaths += 1 }
    }

    /// path-abempty with an optional query (RFC 3986 section 3.3).
    private static func isPath(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first else { return true }
        guard first == UInt8(ascii: "/") || first == UInt8(ascii: "?") else { return false }
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "?"), UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "@"): break
            case UInt8(ascii: "%"): guard isEscape(bytes, at: index) else { return false }
            default: guard isUnreservedOrDelimiter(byte) else { return false }
            }
        }
        return true
    }

    /// The characters of an authority (RFC 3986 section 3.2); its parts are not resolved here.
    private static func isAuthority(_ bytes: [UInt8]) -> Bool {
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "["), UInt8(ascii: "]"): break
            case UInt8(ascii: "%"): guard isEscape(bytes, at: index) else { return false }
            default: guard isUnreservedOrDelimiter(byte) else { return false }
            }
        }
        return true
    }

    private static func isEscape(_ bytes: [UInt8], at index: Int) -> Bool {
        guard index + 2 < bytes.count else { return false }
        return isHexDigit(bytes[index + 1]) && isHexDigit(bytes[index + 2])
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }

    private static func isUnreservedOrDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._~!$&'()*+,;=".utf8.contains(byte)
        }
    }
}
