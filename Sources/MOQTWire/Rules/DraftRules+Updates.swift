public import MOQTModel

extension DraftRules {
    /// Whether each parameter of an update means something for the kind of request that it changes (draft-19 sections
    /// 10.2.1 and following). Drafts whose parameters have no table of messages ignore the others.
    public func mayUpdate(_ kind: RequestKind, _ parameters: MessageParameters) -> Bool {
        guard parameterForm == .typed else { return true }
        switch kind {
        case .subscribe, .publish: return parameters.namespacePrefix == nil
        // What SUBSCRIBE may carry, SUBSCRIBE_TRACKS may, and then be updated too.
        case .subscribeTracks: return parameters.fill == nil
        case .subscribeNamespace:
            return !parameters.saysSomethingOfObjects && parameters.subscriberPriority == nil
                && (parameters.forward == nil || !subscribeTracksIsSeparate)
        case .fetch:
            return !parameters.saysSomethingOfObjects && parameters.forward == nil
                && parameters.namespacePrefix == nil
        default:
            return !parameters.saysSomethingOfObjects && parameters.forward == nil
                && parameters.subscriberPriority == nil && parameters.namespacePrefix == nil
        }
    }
}

extension MessageParameters {
    /// A parameter that an update may carry for subscriptions only, forward state and priority apart. Range filters
    /// in the wrong place are the request's fault, not the session's.
    fileprivate var saysSomethingOfObjects: Bool {
        filter != nil || fill != nil || newGroupRequest != nil || objectDeliveryTimeout != nil
            || subgroupDeliveryTimeout != nil
    }
}
