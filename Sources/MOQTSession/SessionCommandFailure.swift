/// Why a command of the layer above could not be carried out. Nothing was sent.
public enum SessionCommandFailure: Error, Hashable, Sendable {
    /// Setup has not finished, or the session is over.
    case notEstablished
    /// More of our requests are waiting for the peer's credit than we keep.
    case tooManyRequests
    /// The negotiated draft has no way to say it (an empty prefix on draft 14, a number above 2^62-1).
    case cannotBeSaid
    /// No such request, or it is in no state for this.
    case unknownRequest
}
