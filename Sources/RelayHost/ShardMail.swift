import QUICTransport

/// The way to the other shards: letters that arrive in the order in which one sender posted them.
struct ShardMail: Sendable {
    /// A shard as seen from other threads: only its mailbox and the reference that letters are opened with.
    struct Address: @unchecked Sendable {
        let mailbox: Mailbox
        unowned(unsafe) let shard: LoopShard
    }

    private let addresses: [Address]

    init(_ addresses: [Address]) { self.addresses = addresses }

    var shardCount: Int { addresses.count }

    func post(_ message: ShardMessage, to index: UInt16) {
        let address = addresses[Int(index)]
        address.mailbox.post { address.shard.received(message) }
    }
}
