/// Why something local could not be set up: a socket, a certificate, a name. Scope: the call that threw it.
public struct TransportError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable { case socket, tls, resolution, limit, state }

    public var kind: Kind
    /// One sentence for a person.
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
