import MOQTClient
import MOQTModel

/// Objects on their way through the relay.
extension InteropCase {
    static let dataPlane = [
        transfer("single-object", "2.1") { script, track in
            script.write(track, group: 0, count: 1)
        },
        transfer("groups", "2.3") { script, track in
            (0..<4).flatMap { script.write(track, group: $0, count: 5) }
        },
        transfer("subgroups", "2.2") { script, track in
            (0..<3).flatMap { script.write(track, group: $0, count: 9, subgroups: 3) }
        },
        InteropCase(
            name: "datagrams", section: "11.3", timeout: 8000,
            expected: "objects sent as datagrams"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("datagrams")
            let (publisher, track) = try script.publisher(of: name)
            let subscriber = try script.connect("subscriber")
            let recording = try script.record(name, on: subscriber)
            try script.forwarding(track, on: publisher)
            track.beginGroup(0)
            let wanted = (0..<5).map { Location(group: 0, object: $0) }
            for location in wanted {
                track.writeDatagram(InteropScript.payload(location), endsGroup: location.object == 4)
                script.wait(milliseconds: 20)
            }
            script.wait(milliseconds: 500)
            // A datagram may be lost; all of them are not.
            let came = recording.locations
            guard !came.isEmpty, came.allSatisfy(wanted.contains), Set(came).count == came.count else {
                throw InteropScript.Failure(InteropScript.text(came))
            }
        },
        lateJoin("late-join-next-object", filter: .nextObject) { objects, last in
            objects.allSatisfy { $0 > last }
        },
        lateJoin("late-join-next-group", filter: .nextGroup) { objects, last in
            objects.allSatisfy { $0.group > last.group }
        },
        lateJoin("late-join-from", filter: .from(Location(group: 1, object: 1))) { objects, _ in
            objects.allSatisfy { $0 >= Location(group: 1, object: 1) }
        },
        lateJoin(
            "late-join-range",
            filter: .range(start: Location(group: 1, object: 1), endGroup: 3, endObject: nil)
        ) { objects, _ in
            objects.allSatisfy { $0 >= Location(group: 1, object: 1) && $0.group <= 3 }
        },
        InteropCase(
            name: "publish-flow", section: "10.10", timeout: 8000,
            expected: "PUBLISH taken, objects delivered"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("publish-flow")
            let publisher = try script.connect("publisher")
            let track = publisher.addTrack(name)
            try script.push(track, on: publisher)
            let subscriber = try script.connect("subscriber")
            let recording = try script.record(name, on: subscriber)
            try script.forwarding(track, on: publisher)
            let wanted = script.write(track, group: 0, count: 3)
            try script.expect(wanted, in: recording, on: subscriber)
        },
        InteropCase(
            name: "fetch-standalone", section: "10.12.1", timeout: 8000,
            expected: "the objects of a group that has passed"
        ) { (script) throws(InteropScript.Failure) in
            let name = InteropScript.freshName("fetch")
            let (publisher, track) = try script.publisher(of: name)
            let subscriber = try script.connect("subscriber")
            let recording = try script.record(name, on: subscriber)
            try script.forwarding(track, on: publisher)
            let first = script.write(track, group: 0, count: 4)
            let second = script.write(track, group: 1, count: 2)
            try script.expect(first + second, in: recording, on: subscriber)
            try script.fetch(name, on: subscriber, group: 0, wanted: first)
        },
    ]

    /// A publisher writes after somebody has subscribed; everything must come, then the track's end.
    private static func transfer(
        _ name: String, _ section: String,
        _ write: @escaping @Sendable (InteropScript, TrackPublisher) -> [Location]
    ) -> InteropCase {
        InteropCase(
            name: name, section: section, timeout: 10_000,
            expected: "every object once, in order, and the end"
        ) { (script) throws(InteropScript.Failure) in
            let track = InteropScript.freshName(name)
            let (publisher, source) = try script.publisher(of: track)
            let subscriber = try script.connect("subscriber")
            let recording = try script.record(track, on: subscriber)
            try script.forwarding(source, on: publisher)
            let wanted = write(script, source)
            source.end()
            try script.expect(wanted, in: recording, on: subscriber)
            try script.expectEnd(recording, on: subscriber)
        }
    }

    /// Two groups have been published, and one object of a third, when the second subscriber comes; then come
    /// one more object of it and two more groups. What the second one gets must satisfy `isRight`, which also
    /// gets the largest location at its time, and the last object in its range must be among it.
    private static func lateJoin(
        _ name: String, filter: LocationFilter,
        _ isRight: @escaping @Sendable ([Location], Location) -> Bool
    ) -> InteropCase {
        InteropCase(
            name: name, section: "5.1.2", timeout: 10_000,
            expected: "objects in the filter's range only"
        ) { (script) throws(InteropScript.Failure) in
            let track = InteropScript.freshName(name)
            let (publisher, source) = try script.publisher(of: track)
            let early = try script.connect("first subscriber")
            let all = try script.record(track, on: early)
            try script.forwarding(source, on: publisher)
            var written = script.write(source, group: 0, count: 3) + script.write(source, group: 1, count: 3)
            source.beginGroup(2)
            let last = Location(group: 2, object: 0)
            source.write(InteropScript.payload(last))
            written.append(last)
            try script.expect(written, in: all, on: early)

            let late = try script.connect("second subscriber")
            let recording = try script.record(track, on: late, filter: filter)
            script.wait(milliseconds: 100)
            let next = Location(group: 2, object: 1)
            source.write(InteropScript.payload(next))
            source.endGroup()
            written.append(next)
            written += script.write(source, group: 3, count: 3) + script.write(source, group: 4, count: 3)
            try script.expect(written, in: all, on: early)
            let final: UInt64 = if case .range(_, let endGroup, _) = filter { endGroup } else { 4 }
            let wantedLast = Location(group: final, object: 2)
            script.wait(milliseconds: 600) { recording.locations.contains(wantedLast) }
            script.wait(milliseconds: 100)
            let came = recording.locations
            guard came.contains(wantedLast), isRight(came, last), came == came.sorted(),
                Set(came).count == came.count
            else { throw InteropScript.Failure(InteropScript.text(came), "largest was 2.0") }
        }
    }
}
