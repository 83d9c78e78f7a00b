import MOQTModel

/// A decoded parameter block: parameters, and what an older draft wrote there about the whole track.
struct DecodedParameters {
    var parameters = MessageParameters()
    var properties = TrackProperties()
}
