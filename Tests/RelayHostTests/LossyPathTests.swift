import Containers
import MOQTClient
import MOQTModel
import MOQTWire
import NetworkSupport
import QUICTransport
import RelayHost
import Testing

extension EndToEnd {
    /// The same transfers over a path that loses, delays and reorders packets in both directions, on the
    /// publishers' side and on the subscribers' side alike.
    @Suite(.serialized) struct LossyPathTests {
        private struct Combination {
            var publisher: Draft
            var subscriber: Draft
            var carrier: ClientConfiguration.Carrier
        }

        @Test(
            "10 MB arrive byte for byte at every pairing on both transports with 2 % loss, 30 ms delay and reordering",
            .timeLimit(.minutes(6)))
        func lossyPairings() throws {
            let harness = try RelayHarness()
            let seed: UInt64 = 2026
            print("seed \(seed)")
            let bad = NetworkConditions(
                lossPercent: 2, delayMilliseconds: 30, reorderPercent: 5)
            let proxy = try UDPProxy(targetPort: harness.port, bothWays: bad, seed: seed)
            defer { proxy.stop() }

            var transfers: [Transfer] = []
            for (index, one) in Self.combinations.enumerated() {
                let publisher = try harness.connect(one.carrier, one.publisher, port: proxy.port)
                let subscriber = try harness.connect(one.carrier, one.subscriber, port: proxy.port)
                transfers.append(
                    try Transfer(
                        harness, from: publisher, to: subscriber, byteCount: 10_000_000,
                        namespace: TrackNamespace("lossy", String(index)), patienceMilliseconds: 120_000))
            }
            _ = harness.run(milliseconds: 300_000) {
                var isOver = true
                for transfer in transfers where !transfer.step() { isOver = false }
                return isOver
            }
            for transfer in transfers { transfer.expectComplete() }
            #expect(proxy.toTarget.lost > 0 && proxy.toClient.lost > 0, "the path was not lossy")
        }

        private static var combinations: [Combination] {
            var all: [Combination] = []
            for publisher in PairingTests.drafts {
                for subscriber in PairingTests.drafts {
                    for carrier in PairingTests.carriers {
                        all.append(
                            Combination(publisher: publisher, subscriber: subscriber, carrier: carrier))
                    }
                }
            }
            return all
        }
    }
}
