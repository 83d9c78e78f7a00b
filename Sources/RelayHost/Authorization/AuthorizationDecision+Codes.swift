import MOQTModel

extension AuthorizationDecision.Denial {
    var requestCode: RequestErrorCode {
        switch self {
        case .unauthorized: .unauthorized
        case .expiredToken: .expiredAuthToken
        case .malformedToken: .malformedAuthToken
        case .doesNotExist: .doesNotExist
        }
    }

    var sessionCode: SessionErrorCode {
        switch self {
        case .unauthorized, .doesNotExist: .unauthorized
        case .expiredToken: .expiredAuthToken
        case .malformedToken: .malformedAuthToken
        }
    }
}
