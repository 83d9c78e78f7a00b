import MOQTModel

/// A FETCH of the relay's to a publisher, for everybody who wants the same range.
struct UpstreamFetch: Sendable {
    let key: UpstreamFetchKey
    /// Who is asked now.
    var publisher: SessionKey?
    var readers: [FetchReader]
    /// Something has come from the publisher: whoever comes now is too late to share it.
    var hasBegun = false
    /// Publishers that have refused it.
    var failedPublishers: Set<SessionKey> = []
    /// What the last of them said.
    var failure: RequestFailure?
}
