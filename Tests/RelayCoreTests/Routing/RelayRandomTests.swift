import MOQTModel
import Testing

@testable import RelayCore

@Suite("Any sequence of events keeps the invariants")
struct RelayRandomTests {
    @Test(
        "random peers: the ledger stays clean, and nothing is left when all have gone",
        arguments: 1...40 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var world = RelayRandomWorld(seed: seed)
        world.run(steps: 400)
        #expect(world.house.relay.isEmpty, "seed \(seed)")
        #expect(world.house.ledger.isEmpty, "seed \(seed)")
        #expect(world.attachments > 0, "seed \(seed): the walk proves nothing")
    }

    @Test("the same seed gives the same actions")
    func deterministic() {
        var (one, two) = (RelayRandomWorld(seed: 7), RelayRandomWorld(seed: 7))
        one.run(steps: 300)
        two.run(steps: 300)
        #expect(one.trace == two.trace && !one.trace.isEmpty)
    }
}
