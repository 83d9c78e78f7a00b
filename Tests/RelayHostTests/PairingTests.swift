import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import NetworkSupport
import QUICTransport
import RelayHost
import Testing

extension EndToEnd {
    /// 10 MB from a publisher through a relay to a subscriber, each on a draft and a transport of its own.
    @Suite(.serialized) struct PairingTests {
        static let drafts = [Draft.draft14, .draft16, .draft18]
        static let carriers = [ClientConfiguration.Carrier.quic, .webTransport]

        @Test(
            "10 MB arrive byte for byte at every pairing of drafts and transports (drafts 14, 16, 18)",
            arguments: drafts, drafts)
        func pairing(publisherDraft: Draft, subscriberDraft: Draft) throws {
            for publisherCarrier in Self.carriers {
                for subscriberCarrier in Self.carriers {
                    let harness = try RelayHarness()
                    let transfer = try Transfer(
                        harness, from: harness.connect(publisherCarrier, publisherDraft),
                        to: harness.connect(subscriberCarrier, subscriberDraft), byteCount: 10_000_000)
                    _ = harness.run(milliseconds: 30_000) { transfer.step() }
                    transfer.expectComplete()
                }
            }
        }
    }
}
