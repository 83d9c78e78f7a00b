import MOQTModel
import MOQTWire

/// One message of every kind that a draft has, with everything filled in that the draft can say.
struct SampleMessages {
    let draft: Draft
    private var rules: DraftRules { draft.rules }

    private let track = FullTrackName(namespace: TrackNamespace("live", "room 1"), name: Array("video".utf8))
    private var isFirst: Bool { rules.subscriptionLayout == .fixedFields }
    private var answered: RequestID? { rules.answersCarryRequestID ? RequestID(4) : nil }
    private let tokens: [AuthorizationToken] = [
        .register(alias: 1, type: 2, value: [1, 2, 3]),
        .useValue(type: 70, value: Array(repeating: 9, count: 80)),
        .useAlias(1), .delete(alias: 300),
    ]
    private let range = LocationFilter.range(
        start: Location(group: 5, object: 70), endGroup: 900, endObject: nil)

    /// With the place where the message stands.
    var all: [(message: ControlMessage, context: StreamContext)] {
        setups + requests + answers + cancellations + [(.goAway(goAway), .control)]
    }

    private var setups: [(ControlMessage, StreamContext)] {
        var client = Setup(role: .client)
        client.path = Array("/relay?a=b".utf8)
        client.authority = Array("example.com:4443".utf8)
        client.maxAuthTokenCacheSize = 4096
        client.implementation = "cascade"
        if rules.hasRangeFilters {
            client.maxFilterRanges = 20
            client.maxRequestUpdates = 300
        }
        client.authorizationTokens = [tokens[0], tokens[1]]
        client.unknown = [
            Property(type: 0x9D, value: .bytes([7])), Property(type: 0x9D, value: .bytes([])),
            Property(type: 0x40B54, value: .integer(5)),
        ]
        if rules.hasRequestCredit { client.maxRequestID = 100 }
        if rules.versionsInSetup { client.versions = [draft.versionNumber, 1] }
        guard rules.setupTravelsOn == .bidiControlStream else { return [(.setup(client), .control)] }
        var server = Setup(role: .server)
        server.maxRequestID = 1 << 40
        if rules.versionsInSetup { server.versions = [draft.versionNumber] }
        return [
            (.setup(client), .control), (.setup(server), .control), (.maxRequestID(16_384), .control),
            (.requestsBlocked(100), .control),
        ]
    }

    private var goAway: GoAway {
        var goAway = GoAway(newSessionURI: "https://b.example/relay")
        if rules.goAwayCarriesTimeout { goAway.timeout = 5000 }
        if rules.goAwayNamesRequest { goAway.requestID = RequestID(6) }
        return goAway
    }

    /// Of a SUBSCRIBE; `isUpdate` leaves out what only a SUBSCRIBE may carry.
    private func subscription(isUpdate: Bool = false) -> MessageParameters {
        var parameters = MessageParameters()
        parameters.subscriberPriority = 200
        parameters.forward = false
        parameters.filter = range
        parameters.objectDeliveryTimeout = 2500
        parameters.authorizationTokens = tokens
        if !isFirst { parameters.newGroupRequest = 77 }
        if !isUpdate { parameters.groupOrder = .descending }
        if !rules.parameters.subgroupDeliveryTimeout.isEmpty { parameters.subgroupDeliveryTimeout = 9 }
        if !rules.parameters.rendezvousTimeout.isEmpty, !isUpdate { parameters.rendezvousTimeout = 30_000 }
        if rules.hasRangeFilters {
            parameters.rangeFilters = [
                RangeFilter(.subgroup, ranges: [3...5, 10...15]),
                RangeFilter(.objectID, setID: 7, ranges: [0...0, 100...(.max)]),
                RangeFilter(.objectID, setID: 8, ranges: [5...5]),
                RangeFilter(.publisherPriority, ranges: [0...255]),
                RangeFilter(.objectProperty, propertyType: 0x3C, ranges: [70...(1 << 40)]),
            ]
            if isUpdate {
                parameters.rangeFilters.removeFirst()
                parameters.removedRangeFilters = [.subgroup, .trackProperty]
            }
        }
        if rules.fetchRangeTravelsIn == .locationFilter {
            var fill = FillParameters(filter: isUpdate ? .unfiltered : .relative(groupCount: 2))
            fill.subscriberPriority = 200
            fill.groupOrder = .descending
            fill.fillTimeout = 5
            parameters.fill = fill
            if !isUpdate { parameters.includeProperties = false }
        }
        if isUpdate, !rules.parameters.namespacePrefix.isEmpty {
            parameters.namespacePrefix = TrackNamespace("other")
        }
        if rules.unknownParametersAreIgnored {
            parameters.unknown = [
                Property(type: 0x71, value: .bytes([1, 2])), Property(type: 0x72, value: .integer(1 << 60)),
            ]
        }
        return parameters
    }

    private var token: MessageParameters {
        var parameters = MessageParameters()
        parameters.authorizationTokens = [tokens[1]]
        return parameters
    }

    private var properties: TrackProperties {
        var properties = TrackProperties()
        properties.objectDeliveryTimeout = 1500
        properties.maxCacheDuration = 60_000
        properties.groupOrder = .descending
        guard !isFirst else { return properties }
        properties.defaultPublisherPriority = 17
        properties.dynamicGroups = true
        guard rules.trackMetadataTravelsIn == .trackProperties else { return properties }
        if !rules.parameters.subgroupDeliveryTimeout.isEmpty { properties.subgroupDeliveryTimeout = 11 }
        properties.immutableShape = rules.bodyShape
        properties.other = [
            Property(type: 0x0B, value: .bytes([0x3C, 1])), Property(type: 0x7D, value: .bytes([])),
            Property(type: 0x3800, value: .integer(1 << 61)),
        ]
        return properties
    }

    private var established: MessageParameters {
        var parameters = MessageParameters()
        parameters.expires = 60_000
        parameters.largestObject = Location(group: 1000, object: 3)
        return parameters
    }

    private var requests: [(ControlMessage, StreamContext)] {
        let place: StreamContext = rules.requestsTravelOn == .controlStream ? .control : .requestFirst
        var subscribe = Subscribe(requestID: RequestID(2), track: track, parameters: subscription())
        var status = Subscribe(requestID: RequestID(4), track: track, parameters: token)
        if isFirst {
            status.parameters.subscriberPriority = 1
            status.parameters.forward = true
            status.parameters.filter = .nextGroup
        }
        var publish = Publish(
            requestID: RequestID(6), track: track, alias: TrackAlias(1 << 33), parameters: token,
            properties: properties)
        publish.parameters.forward = true
        publish.parameters.largestObject = Location(group: 3, object: 0)
        var fetch = Fetch(
            requestID: RequestID(8),
            range: .standalone(track: track, start: .zero, endGroup: 70, endObject: 63), parameters: token)
        fetch.parameters.subscriberPriority = 3
        fetch.parameters.groupOrder = .ascending
        if !rules.parameters.fillTimeout.isEmpty { fetch.parameters.fillTimeout = 100 }
        var joining = fetch
        joining.range = .relativeJoining(RequestID(2), groupCount: 3)
        var absolute = fetch
        absolute.range = .absoluteJoining(RequestID(2), startGroup: 1 << 20)
        var open = fetch
        open.range = .standalone(
            track: track, start: Location(group: 1, object: 1), endGroup: 1, endObject: nil)
        var announce = PublishNamespace(
            requestID: RequestID(10), namespace: track.namespace, parameters: token)
        if rules.hasRequiredRequestID {
            subscribe.requiredRequestIDDelta = 1
            publish.requiredRequestIDDelta = 2
            fetch.requiredRequestIDDelta = 3
            announce.requiredRequestIDDelta = 4
            status.requiredRequestIDDelta = 70
        }
        let fetches =
            [fetch, open] + (rules.fetchRangeTravelsIn == .fields ? [joining, absolute] : filtered(fetch))
        return [
            (.subscribe(subscribe), place), (.trackStatus(status), place), (.publish(publish), place),
            (.publishNamespace(announce), place),
        ] + fetches.map { (.fetch($0), place) } + prefixes
    }

    private func filtered(_ fetch: Fetch) -> [Fetch] {
        let filters: [LocationFilter] = [
            .unfiltered, .nextObject, .nextGroup, .relative(groupCount: 9),
            .from(Location(group: 0, object: 1)),
        ]
        return filters.map {
            var fetch = fetch
            fetch.range = .filtered(track: track, $0)
            return fetch
        }
    }

    private var prefixes: [(ControlMessage, StreamContext)] {
        let place: StreamContext =
            rules.subscribeNamespaceTravelsOn == .controlStream ? .control : .requestFirst
        var request = SubscribeNamespace(
            requestID: RequestID(12), prefix: TrackNamespace("live"), interest: .both, parameters: token)
        if rules.subscribeTracksIsSeparate {
            request.interest = .namespaces
            var tracks = request
            tracks.interest = .tracks
            tracks.parameters.forward = false
            if rules.hasRangeFilters {
                tracks.parameters.rangeFilters = [
                    RangeFilter(.trackProperty, propertyType: 0x4000, ranges: [1...1, 1...2])
                ]
            }
            return [(.subscribeNamespace(request), place), (.subscribeTracks(tracks), place)]
        }
        if rules.namespaceInterestIsChosen { request.interest = .namespaces }
        return [(.subscribeNamespace(request), place)]
    }

    private var answers: [(ControlMessage, StreamContext)] {
        func place(_ kind: RequestKind) -> StreamContext {
            rules.requestsTravelOn == .controlStream ? .control : .requestReply(kind)
        }
        var update = RequestUpdate(
            requestID: RequestID(14), existingRequestID: rules.answersCarryRequestID ? RequestID(2) : nil,
            parameters: subscription(isUpdate: true))
        if rules.hasRequiredRequestID { update.requiredRequestIDDelta = 5 }
        let end = FetchOK(
            requestID: answered, endOfTrack: true, endGroup: 9, endObject: 1, properties: properties)
        let done = PublishDone(
            requestID: answered, status: .tooFarBehind, streamCount: 1_000_000, reason: "slow \u{1F422}")
        let uncounted = PublishDone(requestID: answered, status: .trackEnded, streamCount: nil)
        var all: [(ControlMessage, StreamContext)] = [
            (.requestUpdate(update), place(.subscribe)),
            (
                .subscribeOK(
                    SubscribeOK(
                        requestID: answered, alias: TrackAlias(0), parameters: established,
                        properties: properties)), place(.subscribe)
            ),
            (.fetchOK(end), place(.fetch)), (.publishDone(done), place(.subscribe)),
            (.publishDone(uncounted), place(.subscribe)),
        ]
        if rules.hasPublishStateNotify {
            var parameters = MessageParameters()
            parameters.largestObject = Location(group: 1 << 40, object: 2)
            parameters.forward = true
            parameters.filter = .unfiltered
            all.append((.publishStateNotify(parameters), place(.publish)))
            parameters.filter = range
            all.append((.publishStateNotify(parameters), place(.subscribe)))
        }
        if rules.publishIsAnsweredByPublishOK {
            var parameters = subscription()
            parameters.authorizationTokens = []
            parameters.rendezvousTimeout = nil
            all.append((.publishOK(PublishOK(requestID: answered, parameters: parameters)), place(.publish)))
        }
        let kinds: [RequestKind] = [
            .subscribe, .publish, .fetch, .trackStatus, .publishNamespace, .subscribeNamespace,
        ]
        for kind in kinds {
            var failure = RequestFailure(.timeout, "too late")
            if rules.requestErrorCarriesRetry { failure.retryAfter = 0 }
            all.append(
                (
                    .requestError(RequestError(requestID: answered, kind: shown(kind), failure: failure)),
                    place(kind)
                ))
        }
        for kind in kinds.dropFirst(3) { all.append((.requestOK(ok(kind)), place(kind))) }
        if rules.requestErrorCarriesRedirect {
            let failure = RequestFailure(
                .redirect, "there", retryAfter: 1000,
                redirect: Redirect(connectURI: "moqt://b/c", track: track))
            all.append(
                (.requestError(RequestError(kind: .subscribe, failure: failure)), .requestReply(.subscribe)))
        }
        return all
    }

    /// Where every request shares the control stream, a shared answer does not say what it answers.
    private func shown(_ kind: RequestKind) -> RequestKind? {
        rules.answerTypes == .shared && rules.requestsTravelOn == .controlStream ? nil : kind
    }

    private func ok(_ kind: RequestKind) -> RequestOK {
        var ok = RequestOK(requestID: answered, kind: shown(kind))
        guard kind == .trackStatus else { return ok }
        ok.parameters.largestObject = Location(group: 7, object: 8)
        if isFirst {
            ok.alias = TrackAlias(0)
            ok.parameters.expires = 1
        }
        if isFirst || rules.requestOKCarriesProperties { ok.properties = properties }
        return ok
    }

    private var cancellations: [(ControlMessage, StreamContext)] {
        var all: [(ControlMessage, StreamContext)] = []
        if rules.cancelsByMessage {
            all += [(.unsubscribe(RequestID(2)), .control), (.fetchCancel(RequestID(1 << 31)), .control)]
        }
        if let reference = reference(rules.publishNamespaceEndNames) {
            all += [
                (.publishNamespaceDone(reference), .control),
                (.publishNamespaceCancel(reference, RequestFailure(.uninterested, "no")), .control),
            ]
        }
        if let reference = reference(rules.unsubscribeNamespaceNames) {
            all.append((.unsubscribeNamespace(reference), .control))
        }
        if rules.namespaceAnnouncedAs == .namespaceMessages {
            all += [
                (.namespace(TrackNamespace("a")), .namespaceReply),
                (.namespaceDone(TrackNamespace()), .namespaceReply),
            ]
        }
        if rules.hasPublishSkipped {
            all.append((.publishSkipped(suffix: TrackNamespace("a"), name: [1, 2]), .namespaceReply))
        }
        return all
    }

    private func reference(_ naming: DraftRules.NamespaceNaming) -> NamespaceReference? {
        switch naming {
        case .namespace: .namespace(track.namespace)
        case .request: .request(RequestID(2))
        case .stream: nil
        }
    }
}
