/// Why a scenario cannot be run, as a sentence.
public struct ScenarioFailure: Error, Equatable, Sendable {
    public let reason: String
}
