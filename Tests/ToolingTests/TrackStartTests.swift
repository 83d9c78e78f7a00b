import MOQTModel
import Testing
import Tooling

@Suite("--from of cascade subscribe") struct TrackStartTests {
    @Test("places, groups back, and what comes next")
    func texts() throws {
        #expect(try TrackStart("next-object") == .nextObject)
        #expect(try TrackStart("next-group") == .nextGroup)
        #expect(try TrackStart("12") == .place(Location(group: 12, object: 0)))
        #expect(try TrackStart("12.3") == .place(Location(group: 12, object: 3)))
        #expect(try TrackStart("-2") == .groupsBack(2))
        #expect(try TrackStart("-0") == .groupsBack(0))
    }

    @Test(
        "anything else is a usage error",
        arguments: [
            "", "-", "--1", "+1", "1.", ".1", "1.2.3", "a", "1.-2", "next", "-1.0", "18446744073709551616",
            "-18446744073709551615",
        ])
    func refused(text: String) {
        #expect(throws: UsageError.self) { try TrackStart(text) }
    }

    @Test("the past is a fill beside a subscription to what comes next")
    func parameters() throws {
        func applied(_ text: String) throws -> MessageParameters {
            var parameters = MessageParameters()
            try TrackStart(text).apply(to: &parameters)
            return parameters
        }
        #expect(try applied("next-group").filter == .nextGroup)
        #expect(try applied("next-object").fill == nil)
        let place = try applied("3.4")
        #expect(place.filter == .nextObject)
        #expect(place.fill?.filter == .from(Location(group: 3, object: 4)))
        // 1 is the newest group.
        #expect(try applied("-2").fill?.filter == .relative(groupCount: 3))
    }
}
