import MOQTClient
import MOQTModel
import MOQTWire

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
        scene("datagrams", "11.3", "objects sent as datagrams") {
            (script, scene) throws(InteropScript.Failure) in
            scene.track.beginGroup(0)
            let wanted = (0..<5).map { Location(group: 0, object: $0) }
            for location in wanted {
                scene.track.writeDatagram(InteropScript.payload(location), endsGroup: location.object == 4)
                script.wait(milliseconds: 20)
            }
            script.wait(milliseconds: 500)
            // A datagram may be lost; all of them are not.
            let came = scene.recording.locations
            guard !came.isEmpty, came.allSatisfy(wanted.contains), Set(came).count == came.count else {
                throw InteropScript.Failure(InteropScript.text(came))
            }
        },
        scene("object-properties", "2.5", "properties that the relay cannot know, unchanged") {
            (script, scene) throws(InteropScript.Failure) in
            let properties = [
                Property(type: 0x3802, value: .integer(1_000_000)),
                Property(type: 0x3803, value: .bytes([1, 2, 3])),
            ]
            scene.track.carriesProperties = true
            scene.track.beginGroup(0)
            scene.track.write(InteropScript.payload(.zero), properties: properties)
            scene.track.endGroup()
            try script.expect([.zero], in: scene)
            guard scene.recording.objects[0].properties == properties else {
                throw InteropScript.Failure("\(scene.recording.objects[0].properties.count) other properties")
            }
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
    ]

    static let filters = [
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
        lateJoin(
            "late-join-groups-back", filter: .relative(groupCount: 1),
            lacking: { $0.filterForm == .fieldCount ? nil : "filter that counts groups back" }
        ) { objects, last in
            objects.allSatisfy { $0.group >= last.group }
        },
        lateJoin(
            "late-join-to-object",
            filter: .range(start: Location(group: 1, object: 1), endGroup: 3, endObject: 1),
            lacking: { $0.filterForm == .fieldCount ? nil : "filter that ends at an object" }
        ) { objects, _ in
            objects.allSatisfy {
                $0 >= Location(group: 1, object: 1) && $0 <= Location(group: 3, object: 1)
            }
        },
        rangeFilter,
    ]

    private static let rangeFilter = scene(
        "range-filter", "5.1.3", "the objects whose ids are asked for, and no others",
        lacking: { $0.hasRangeFilters ? nil : "range filters" }
    ) { (script, scene) throws(InteropScript.Failure) in
        let subscriber = try script.connect("second subscriber")
        let recording = try script.record(scene.name, on: subscriber) {
            $0.rangeFilters = [RangeFilter(.objectID, ranges: [0...1])]
        }
        let written = (0..<2).flatMap { script.write(scene.track, group: $0, count: 4) }
        try script.expect(written, in: scene)
        try script.expect(written.filter { $0.object < 2 }, in: recording, on: subscriber)
    }

    /// A publisher writes after somebody has subscribed; everything must come, then the track's end.
    private static func transfer(
        _ name: String, _ section: String,
        _ write: @escaping @Sendable (InteropScript, TrackPublisher) -> [Location]
    ) -> InteropCase {
        scene(name, section, "every object once, in order, and the end") {
            (script, scene) throws(InteropScript.Failure) in
            let wanted = write(script, scene.track)
            scene.track.end()
            try script.expect(wanted, in: scene)
            try script.expectEnd(scene.recording, on: scene.subscriber)
        }
    }

    /// Two groups have been published, and one object of a third, when the second subscriber comes; then come
    /// one more object of it and two more groups. What the second one gets must satisfy `isRight`, which also
    /// gets the largest location at its time, and the last object in its range must be among it.
    private static func lateJoin(
        _ name: String, filter: LocationFilter,
        lacking: @escaping @Sendable (DraftRules) -> String? = { _ in nil },
        _ isRight: @escaping @Sendable ([Location], Location) -> Bool
    ) -> InteropCase {
        scene(name, "5.1.2", "objects in the filter's range only", lacking: lacking) {
            (script, scene) throws(InteropScript.Failure) in
            var written = script.write(scene.track, group: 0, count: 3)
            written += script.write(scene.track, group: 1, count: 3)
            scene.track.beginGroup(2)
            let last = Location(group: 2, object: 0)
            scene.track.write(InteropScript.payload(last))
            written.append(last)
            try script.expect(written, in: scene)

            let late = try script.connect("second subscriber")
            let recording = try script.record(scene.name, on: late) { $0.filter = filter }
            script.wait(milliseconds: 100)
            let next = Location(group: 2, object: 1)
            scene.track.write(InteropScript.payload(next))
            scene.track.endGroup()
            written.append(next)
            for group: UInt64 in 3...4 { written += script.write(scene.track, group: group, count: 3) }
            try script.expect(written, in: scene)
            var wantedLast = Location(group: 4, object: 2)
            if case .range(_, let endGroup, let endObject) = filter {
                wantedLast = Location(group: endGroup, object: endObject ?? 2)
            }
            script.wait(milliseconds: 600) { recording.locations.contains(wantedLast) }
            script.wait(milliseconds: 100)
            let came = recording.locations
            guard came.contains(wantedLast), isRight(came, last), came == came.sorted(),
                Set(came).count == came.count
            else { throw InteropScript.Failure(InteropScript.text(came), "largest was 2.0") }
        }
    }
}
