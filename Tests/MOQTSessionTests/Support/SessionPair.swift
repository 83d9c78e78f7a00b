import Containers
import MOQTModel
import MOQTSession
import MOQTWire
import SimulationSupport
import TransportInterface

/// A client and a server session over a simulated network.
struct SessionPair {
    let network: SimulatedNetwork
    let client: SimulatedPeer
    let server: SimulatedPeer

    init(
        _ draft: Draft, seed: UInt64 = 1, conditions: SimulatedConditions = .init(),
        carrier: NegotiatedProtocol.Carrier = .quic, name: String?? = nil,
        change: (inout SessionConfiguration) -> Void = { _ in }
    ) {
        network = SimulatedNetwork(seed: seed)
        let protocolName = name ?? draft.alpn
        let ends = network.makePair(name: protocolName, carrier: carrier, conditions: conditions)
        var client = SessionConfiguration(
            role: .client, drafts: [draft], isWebTransport: carrier == .webTransport)
        client.path = "/relay"
        client.authority = "example.com:4443"
        client.implementation = "test client"
        change(&client)
        var server = SessionConfiguration(
            role: .server, drafts: Draft.all, isWebTransport: carrier == .webTransport)
        change(&server)
        self.client = SimulatedPeer(client, ends.client, network)
        self.server = SimulatedPeer(server, ends.server, network)
    }

    /// Virtual seconds.
    func run(_ seconds: UInt64 = 1) { network.run(milliseconds: seconds * 1000) }

    /// Runs commands of a peer and what follows.
    func run(_ commands: () throws -> Void) rethrows {
        try commands()
        run()
    }

    static func established(
        _ draft: Draft, seed: UInt64 = 1, conditions: SimulatedConditions = .init()
    ) -> SessionPair {
        let pair = SessionPair(draft, seed: seed, conditions: conditions)
        pair.run()
        return pair
    }
}
