import MOQTModel

/// What a fill has from the subscription that asks for it, where it says nothing else (draft-20 section 5.1.3).
struct FillableSubscription {
    /// `unfiltered` = the whole track.
    var filter: LocationFilter
    var subscriberPriority: UInt8
    var groupOrder: GroupOrder
    var forward: Bool
    var rangeFilters: [RangeFilter]

    init(_ parameters: MessageParameters, _ properties: TrackProperties) {
        filter = parameters.filter ?? .unfiltered
        subscriberPriority = parameters.subscriberPriority ?? TrackProperties.defaultPriority
        groupOrder = parameters.groupOrder ?? properties.groupOrder ?? .ascending
        forward = parameters.forward ?? true
        rangeFilters = parameters.rangeFilters
    }

    /// Takes over an update; what it leaves out stays.
    mutating func apply(_ parameters: MessageParameters) {
        filter = parameters.filter ?? filter
        subscriberPriority = parameters.subscriberPriority ?? subscriberPriority
        groupOrder = parameters.groupOrder ?? groupOrder
        forward = parameters.forward ?? forward
        rangeFilters.apply(parameters)
    }
}
