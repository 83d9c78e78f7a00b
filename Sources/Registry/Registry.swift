import MOQTModel

/// Who publishes what, where: the book in which the relays of a cluster find each other.
///
/// A relay enters every namespace that publishers announce to it, once however many publishers it has, and takes
/// it out when the last of them is gone. A relay that is asked for a track without a local publisher looks up the
/// relays to ask. This is not a hot path: implementations may go over a network, and answers may be a little old.
public protocol Registry: Sendable {
    /// Enters `namespace` as published at `relay`; entering it again makes it the newest. Throws `.full`, or
    /// `.unreachable` when the entry may not have been made.
    func publish(_ namespace: TrackNamespace, at relay: RelayAddress) async throws(RegistryError)

    /// Takes an entry out; without effect when there is none.
    func withdraw(_ namespace: TrackNamespace, at relay: RelayAddress) async throws(RegistryError)

    /// Takes out every entry of `relay`: when it drains, or when its lease has run out.
    func leave(_ relay: RelayAddress) async throws(RegistryError)

    /// The entries for `namespace` and for prefixes of it, in the order in which they should be asked: the longest
    /// prefix first, the newest first among equals (draft-18 section 9.5).
    func publishers(of namespace: TrackNamespace) async throws(RegistryError) -> [RegistryEntry]

    /// The entries at and below `prefix`: first those there are, then every change as it comes.
    ///
    /// The sequence ends when the watcher does not keep up; it is started again then, and begins with what there
    /// is at that moment. It ends as well when the registry is lost.
    func changes(below prefix: TrackNamespace) async throws(RegistryError) -> AsyncStream<RegistryChange>
}
