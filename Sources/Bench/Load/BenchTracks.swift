import MOQTModel

/// The names of a run's tracks, which publishers and readers share.
struct BenchTracks {
    let publisherCount: Int
    let tracksPerPublisher: Int
    /// Told apart from other runs on the same relay.
    let run: UInt64

    var count: Int { publisherCount * tracksPerPublisher }

    func namespace(ofPublisher publisher: Int) -> TrackNamespace {
        TrackNamespace("bench", "\(run)", "p\(publisher)")
    }

    /// Track `index`: tracks are dealt to the publishers in turn.
    func name(_ index: Int) -> FullTrackName {
        FullTrackName(
            namespace: namespace(ofPublisher: index % publisherCount),
            name: Array("t\(index / publisherCount)".utf8))
    }
}
