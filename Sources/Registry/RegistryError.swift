/// Why the registry did not do as asked. The relay goes on without it: what it has locally still serves.
public enum RegistryError: Error, Hashable, Sendable {
    /// The registry takes no more entries or watchers.
    case full
    /// The registry did not answer, or not in a way that makes sense.
    case unreachable(String)
}
