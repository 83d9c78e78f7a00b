import MOQTModel

/// What becomes of a FETCH that waited for upstream.
enum FetchDecision {
    /// With upstream's FETCH_OK where that says where the range ends.
    case accept(FetchOK?)
    case refuse(RequestFailure)
}
