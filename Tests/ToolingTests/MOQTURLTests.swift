import Testing
import Tooling

@Suite struct MOQTURLTests {
    @Test func schemesNameTheCarrier() throws {
        #expect(try MOQTURL("moqt://relay.example:4443/app").carrier == .quic)
        #expect(try MOQTURL("HTTPS://relay.example/app").carrier == .webTransport)
    }

    @Test func partsAreTakenApart() throws {
        let url = try MOQTURL("moqt://relay.example:4443/live/a?token=x&y=1#msf:a--catalog")
        #expect(url.host == "relay.example")
        #expect(url.port == 4443)
        #expect(url.pathAndQuery == "/live/a?token=x&y=1")
        #expect(url.authority == "relay.example:4443")
        #expect(!url.hostIsAddress)
    }

    @Test(
        "Without a port 443 is meant (draft-18 section 3.1.1)",
        arguments: ["moqt://h", "moqt://h/", "https://h?a", "moqt://h:/"])
    func defaultPort(text: String) throws {
        let url = try MOQTURL(text)
        #expect(url.port == 443)
        #expect(url.usesDefaultPort)
        #expect(url.authority == "h")
        #expect(url.pathAndQuery.hasPrefix("/"))
    }

    @Test func addressesOfBothFamiliesAreHosts() throws {
        let six = try MOQTURL("moqt://[2001:db8::1]:5000/")
        #expect(six.host == "2001:db8::1")
        #expect(six.port == 5000)
        #expect(six.authority == "[2001:db8::1]:5000")
        #expect(six.hostIsAddress)
        #expect(try MOQTURL("https://127.0.0.1:4443").hostIsAddress)
        #expect(six.description == "moqt://[2001:db8::1]:5000/")
    }

    @Test(arguments: [
        "", "localhost:4443", "http://h/", "moq://h", "moqt://", "moqt:///path", "moqt://h:0/",
        "moqt://h:65536/",
        "moqt://h:4x/", "moqt://::1/", "moqt://[::1/", "moqt://[h]/", "moqt://[::1]4443/", "moqt://u@h/",
        "moqt://h/a b", "moqt://h/\n",
    ])
    func anythingElseIsRefusedWithASentence(text: String) {
        let error = #expect(throws: UsageError.self) { try MOQTURL(text) }
        #expect(error?.message.contains("\n") == false)
    }
}
