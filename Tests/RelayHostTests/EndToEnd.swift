import Testing

/// The transfers that keep a whole machine busy: one after another, so that each has it to itself.
@Suite(.serialized) enum EndToEnd {}

/// The drafts and transports that end-to-end tests pair.
typealias PairingTests = EndToEnd.PairingTests
