import MOQTModel

extension RequestFailure {
    /// A limit of the relay was reached.
    static func excessive(_ reason: String) -> RequestFailure { RequestFailure(.excessiveLoad, reason) }
}
