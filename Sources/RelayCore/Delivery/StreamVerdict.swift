import MOQTModel

/// What a stream can do now.
enum StreamVerdict {
    /// Nothing until something arrives.
    case idle
    case open
    case bytes
    /// Only the FIN is left.
    case fin
    case reset(StreamResetCode)
    /// All it may send is handed out, but it must not end by FIN.
    case linger
    /// It has nothing to send and was never opened.
    case drop
}
