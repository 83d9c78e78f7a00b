import Containers
import MOQTModel
import MOQTWire

/// One unidirectional stream of the peer's that carries, or will carry, a subgroup.
struct DataStream {
    enum State {
        /// The stream's type is not complete.
        case typing
        /// The header names an alias that nobody has announced yet.
        case held
        case flowing
        /// What still arrives is thrown away.
        case discarding
    }

    let id: StreamID
    var state = State.typing
    var parser: SubgroupParser
    /// At most a few bytes of an unfinished type.
    var typeBytes: [UInt8] = []
    /// Known while `flowing`.
    var request = RequestID(0)
    /// `subgroupBegan` was said.
    var hasBegun = false

    // While held.
    var header: SubgroupHeader?
    /// Bytes that came after those that the parser has.
    var heldPayloads: [Payload] = []
    var heldByteCount = 0
    var finArrived = false
    var deadline = Instant.distantFuture

    init(id: StreamID, rules: DraftRules) {
        self.id = id
        parser = SubgroupParser(rules)
    }
}
