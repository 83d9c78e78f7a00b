import Containers
import Testing

@Suite("Stream numbers say who opened them and which way they go (RFC 9000 section 2.1)")
struct StreamIDTests {
    @Test(
        arguments: [(0, false, false), (1, true, false), (2, false, true), (3, true, true), (7, true, true)]
            as [(UInt64, Bool, Bool)])
    func bits(value: UInt64, isServer: Bool, isUnidirectional: Bool) {
        #expect(StreamID(value).isServerInitiated == isServer)
        #expect(StreamID(value).isUnidirectional == isUnidirectional)
    }

    @Test("they are ordered by number")
    func order() { #expect(StreamID(4) < StreamID(5) && !(StreamID(5) < StreamID(5))) }
}
