import Containers
import TransportInterface

@testable import WebTransport

/// A client's and a server's session over two ends of a connection in memory.
final class SessionPair {
    let clientCarrier: FakeCarrier
    let serverCarrier: FakeCarrier
    let client: WebTransportSession
    let server: WebTransportSession
    let clientSide = Recorder()
    let serverSide = Recorder()

    init(
        offered: [String] = ["moqt-18", "moqt-16"], supported: [String] = ["moqt-18", "moqt-16"],
        path: String = "/relay", origin: String? = nil, pieceByteCount: Int = .max,
        server change: (inout WebTransportConfiguration) -> Void = { _ in },
        client changeClient: (inout WebTransportConfiguration) -> Void = { _ in }
    ) {
        (clientCarrier, serverCarrier) = FakeCarrier.pair()
        clientCarrier.pieceByteCount = pieceByteCount
        serverCarrier.pieceByteCount = pieceByteCount
        var serverConfiguration = WebTransportConfiguration(protocols: supported)
        change(&serverConfiguration)
        var clientConfiguration = WebTransportConfiguration(protocols: offered)
        changeClient(&clientConfiguration)
        server = WebTransportServer.accept(on: serverCarrier, configuration: serverConfiguration)
        client = WebTransportSession.connect(
            over: clientCarrier, authority: "example.org:4443", path: path, origin: origin,
            configuration: clientConfiguration)
        server.delegate = serverSide
        client.delegate = clientSide
    }

    func run() { FakeCarrier.run(clientCarrier, serverCarrier) }
}
