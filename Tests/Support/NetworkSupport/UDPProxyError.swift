/// A system call that a `UDPProxy` could not do without, and its error number.
public struct UDPProxyError: Error, Sendable, Equatable {
    public let call: String
    public let number: Int32
}
