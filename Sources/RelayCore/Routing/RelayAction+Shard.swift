extension RelayAction {
    /// The shard that carries this action out.
    public var shard: UInt16 {
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
            .skipPublish(let session, _, _, _), .withdraw(let session, _, _, _):
            session.shard
        case .refuseFetchReader(let reader, _):
            reader.session.shard
        case .answerTrackStatus(_, _, _, let home, _), .openTrack(let home, _, _),
            .describeTrack(let home, _, _), .sourceGone(let home, _, _, _), .closeTrack(let home, _),
            .endTrack(let home, _, _),
            .feedReplica(let home, _, _), .stopReplica(let home, _, _):
            home
        case .openReplica(let shard, _, _, _), .closeReplica(let shard, _):
            shard
        }
    }
}
