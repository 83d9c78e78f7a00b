/// What a watcher is told.
public enum RegistryChange: Hashable, Sendable {
    case appeared(RegistryEntry)
    case disappeared(RegistryEntry)
}
