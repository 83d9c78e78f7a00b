import Containers
public import MOQTModel
import MOQTSession
import MOQTWire
public import RelayCore
import TransportInterface

/// Fills: the past of a subscription on a FETCH stream of its own (draft-20 section 5.1.3).
extension Peer {
    /// Opens a fill at packet time. `message` is the SUBSCRIBE or REQUEST_UPDATE that asked for it; `subscriberPriority`,
    /// `order` and `filters` are the subscription's, and hold where `fill` names none.
    ///
    /// With `upstream` the delegate is asked for what the log does not hold, unless FILL_TIMEOUT is 0.
    /// PUBLISH_DONE waits for the fill, and its stream count includes it. A fill beyond the limit fails: its stream is
    /// reset behind its header, for there is no error to refuse it with.
    public func serveFill(
        _ fill: FillParameters, _ message: RequestID, of subscription: RequestID, _ plan: FetchPlan,
        subscriberPriority: UInt8, order: GroupOrder, filters: [RangeFilter] = [], from log: TrackLog,
        upstream: FetchUpstream = .none
    ) {
        guard let rules = session.rules, rules.hasFills, fetches.count < 2 * FetchDelivery.maximumCount,
            let header = try? FetchEncoder.header(message, rules)
        else { return }
        var cursor = FetchCursor(
            request: message,
            fill: FetchCursor.Fill(
                subscription: subscription,
                hasOrderOfSubscription: fill.groupOrder.map { $0 == order } ?? true,
                hasPriorityOfSubscription: fill.subscriberPriority == nil),
            log: log, plan: plan, order: fill.groupOrder ?? order,
            subscriberPriority: fill.subscriberPriority ?? subscriberPriority,
            fillTimeout: fill.fillTimeout, rules: rules, header: Payload(header),
            upstream: fill.fillTimeout == 0 ? .none : upstream)
        cursor.filters = filters
        if fetches.count >= FetchDelivery.maximumCount { cursor.fail(.excessiveLoad) }
        fetches.add(cursor)
        transport.wantsToSend()
    }

    /// The subscription's priority changed; fills that named one of their own keep it.
    public func prioritizeFills(of subscription: RequestID, subscriberPriority: UInt8) {
        fetches.prioritizeFills(of: subscription, subscriberPriority)
    }

    /// Resets the fills of a subscription that is over; returns how many streams it had.
    func stopFills(of subscription: RequestID, code: StreamResetCode) -> UInt64 {
        for request in fetches.fills(of: subscription) {
            guard let cursor = fetches.remove(request), let stream = cursor.stream else { continue }
            transport.resetStream(stream, code: session.resetCode(code))
        }
        return fetches.takeFillCount(of: subscription)
    }

    /// One of a subscription's fills is over; the last one releases its PUBLISH_DONE.
    func fillEnded(of subscription: RequestID) {
        guard let ending = heldEndings[subscription], !fetches.hasFill(of: subscription) else { return }
        heldEndings[subscription] = nil
        finishSubscription(subscription, ending.status, streamCount: ending.streamCount)
    }

    /// Whether what is due of a subscription, as urgent as this FETCH or fill, goes first.
    ///
    /// Between a fill and its own subscription the draft decides (draft-20 section 7.2): where they have one order, the
    /// group that is first in it, and within a group the fill; where they have not, the subscription. Others
    /// alternate.
    func waitsForSubscription(_ cursor: FetchCursor) -> Bool {
        if let fill = cursor.fill, let next = delivery.mostUrgent,
            next.subscription == fill.subscription.value
        {
            guard fill.hasOrderOfSubscription else { return true }
            guard cursor.order == .descending, let group = next.group else { return false }
            return group > cursor.group
        }
        guard fetches.hadLastTurn else { return false }
        fetches.hadLastTurn = false
        return true
    }
}
