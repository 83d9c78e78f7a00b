import Containers
import MOQTModel
import MOQTWire

/// One unidirectional stream of the peer's that answers a FETCH of ours.
struct FetchStream {
    /// Bytes until the header, which says whose objects these are, is complete: the order of that FETCH is
    /// needed to read on.
    var headerBytes: [UInt8] = []
    var parser: FetchParser
    /// nil before the header.
    var request: RequestID?
    var isDiscarding = false

    /// Type and request id have at most nine bytes each.
    static let maximumHeaderByteCount = 18

    init(rules: DraftRules) { parser = FetchParser(rules) }
}
