import MOQTModel
import RelayCore

extension DeliverySubscription {
    /// Takes over what a SUBSCRIBE, PUBLISH_OK or REQUEST_UPDATE says; what it leaves out stays.
    mutating func apply(_ parameters: MessageParameters) {
        if let priority = parameters.subscriberPriority { subscriberPriority = priority }
        if let order = parameters.groupOrder { groupOrder = order }
        if let forward = parameters.forward { self.forward = forward }
        filters.apply(parameters)
        if let timeout = parameters.objectDeliveryTimeout {
            objectTimeoutNanoseconds = Self.nanoseconds(timeout)
        }
        if let timeout = parameters.subgroupDeliveryTimeout {
            subgroupTimeoutNanoseconds = Self.nanoseconds(timeout)
        }
    }

    /// The stricter of the subscriber's and the publisher's timeouts holds (draft-18 section 7.1).
    mutating func adoptTimeouts(of properties: TrackProperties) {
        objectTimeoutNanoseconds = Self.stricter(
            objectTimeoutNanoseconds, properties.objectDeliveryTimeout.flatMap(Self.nanoseconds))
        subgroupTimeoutNanoseconds = Self.stricter(
            subgroupTimeoutNanoseconds, properties.subgroupDeliveryTimeout.flatMap(Self.nanoseconds))
        // Nothing older is begun either (draft-19 section 12.3); 0 forbids to keep, not to pass on.
        objectTimeoutNanoseconds = Self.stricter(
            objectTimeoutNanoseconds, properties.maxCacheDuration.flatMap(Self.nanoseconds))
    }

    /// 0 milliseconds means "none".
    private static func nanoseconds(_ milliseconds: UInt64) -> UInt64? {
        if milliseconds == 0 { return nil }
        let (value, tooLong) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        return tooLong ? nil : value
    }

    private static func stricter(_ a: UInt64?, _ b: UInt64?) -> UInt64? {
        guard let a, let b else { return a ?? b }
        return min(a, b)
    }
}
