public import MOQTModel

extension DraftRules {
    /// Whether each parameter of an update means something for the kind of request that it changes (draft-19 sections
    /// 10.2.1 and following, draft-16 section 9.11). Drafts that update nothing but subscriptions ignore the others.
    public func mayUpdate(_ kind: RequestKind, _ parameters: MessageParameters) -> Bool {
        guard everyRequestMayBeUpdated else { return true }
        switch kind {
        case .subscribe, .publish: return parameters.namespacePrefix == nil
        // What SUBSCRIBE may carry, SUBSCRIBE_TRACKS may, and then be updated too.
        case .subscribeTracks: return parameters.fill == nil
        case .subscribeNamespace:
            return !saysSomethingOfObjects(parameters) && parameters.subscriberPriority == nil
                && (parameters.forward == nil || !subscribeTracksIsSeparate)
        case .fetch:
            return !saysSomethingOfObjects(parameters) && parameters.forward == nil
                && parameters.namespacePrefix == nil
        default:
            return !saysSomethingOfObjects(parameters) && parameters.forward == nil
                && parameters.subscriberPriority == nil && parameters.namespacePrefix == nil
        }
    }

    /// A parameter that an update may carry for subscriptions only, forward state and priority apart. Range filters
    /// in the wrong place are the request's fault, not the session's; where parameters are key-value pairs a timeout
    /// may stand in any update.
    private func saysSomethingOfObjects(_ parameters: MessageParameters) -> Bool {
        if parameters.filter != nil || parameters.fill != nil || parameters.newGroupRequest != nil {
            return true
        }
        return parameterForm == .typed
            && (parameters.objectDeliveryTimeout != nil || parameters.subgroupDeliveryTimeout != nil)
    }
}
