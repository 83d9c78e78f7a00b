import MOQTModel

extension RequestFailure {
    /// What a relay says downstream when upstream has refused its own request: what concerns the track stays, what
    /// concerns the relay's standing with its peer becomes an internal error.
    var relayed: RequestFailure {
        var failure = self
        failure.redirect = nil
        switch code {
        case .doesNotExist, .invalidRange, .timeout, .notSupported, .malformedTrack, .unknownStatusInRange,
            .noObjects, .excessiveLoad, .unauthorized, .unsupportedExtension:
            return failure
        case .redirect: failure.code = .doesNotExist
        default: failure.code = .internalError
        }
        return failure
    }
}
