import MOQTModel

/// What a stream of ours is opened for.
enum StreamOpening {
    case control
    case request(RequestID)
}
