import RelayCore

extension RelayAction {
    /// The session that an action is carried out on; nil for those that concern a track.
    var session: SessionKey? {
        switch self {
        case .acceptRequest(let session, _), .refuse(let session, _, _), .acceptUpdate(let session, _, _),
            .refuseUpdate(let session, _, _, _), .acceptPublish(let session, _, _, _, _),
            .subscribeUpstream(let session, _, _, _, _), .unsubscribeUpstream(let session, _),
            .cancelPublish(let session, _, _), .updateUpstream(let session, _, _),
            .attachSubscriber(let session, _, _, _, _, _), .publishDownstream(let session, _, _, _, _, _, _),
            .updateSubscriber(let session, _, _, _), .confirmSubscriber(let session, _, _, _),
            .detachSubscriber(let session, _, _), .endSubscription(let session, _, _, _, _, _),
            .serveFetch(let session, _, _, _, _), .serveFetchUpstream(let session, _),
            .fetchUpstream(let session, _, _, _), .addFetchReader(let session, _, _, _),
            .removeFetchReader(let session, _, _), .cancelFetchUpstream(let session, _),
            .announce(let session, _, _, _),
            .withdraw(let session, _, _, _), .skipPublish(let session, _, _, _),
            .answerTrackStatus(let session, _, _, _, _):
            session
        case .refuseFetchReader(let reader, _):
            reader.session
        case .openTrack, .describeTrack, .sourceGone, .endTrack, .closeTrack, .feedReplica, .stopReplica,
            .openReplica,
            .closeReplica:
            nil
        }
    }
}
