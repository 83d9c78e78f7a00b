import Containers
import MOQTModel
import MOQTWire

/// Subgroup and FETCH streams: whole and in pieces they say the same.
enum StreamFuzz {
    static func run(_ input: inout FuzzInput) {
        let rules = input.draft().rules
        let flags = input.u8()
        let piece = max(1, Int(input.u8() & 0x1F))
        let bytes = input.rest()
        if flags & 1 == 0 {
            let whole = subgroup(rules, bytes, piece: bytes.count)
            FuzzTarget.require(whole == subgroup(rules, bytes, piece: piece), "pieces change nothing")
        } else {
            let order: GroupOrder = flags & 2 == 0 ? .ascending : .descending
            let whole = fetch(rules, order, bytes, piece: bytes.count)
            FuzzTarget.require(whole == fetch(rules, order, bytes, piece: piece), "pieces change nothing")
        }
    }

    /// What was said: headers in words, and how it ended.
    private struct Account: Equatable {
        var words: [String] = []
        var payload: [UInt8] = []
        var hasFailed = false
    }

    private static func subgroup(_ rules: DraftRules, _ bytes: [UInt8], piece: Int) -> Account {
        var parser = SubgroupParser(rules)
        var account = Account()
        do {
            for start in stride(from: 0, to: bytes.count, by: max(1, piece)) {
                parser.feed(Payload(Array(bytes[start..<min(bytes.count, start + max(1, piece))])))
                while let event = try parser.next() {
                    switch event {
                    case .payload(let part): account.payload += part.bytes
                    case .header(let header): account.words.append("\(header)")
                    case .objectBegan(let header):
                        account.words.append("\(header.objectID) \(header.status) \(header.payloadByteCount)")
                        account.payload += header.properties?.bytes.bytes ?? []
                    case .objectEnded: account.words.append("ended")
                    }
                }
            }
            try parser.finished()
        } catch {
            account.hasFailed = true
        }
        return account
    }

    private static func fetch(
        _ rules: DraftRules, _ order: GroupOrder, _ bytes: [UInt8], piece: Int
    ) -> Account {
        var parser = FetchParser(rules, order: order)
        var account = Account()
        do {
            for start in stride(from: 0, to: bytes.count, by: max(1, piece)) {
                parser.feed(Payload(Array(bytes[start..<min(bytes.count, start + max(1, piece))])))
                while let event = try parser.next() {
                    switch event {
                    case .payload(let part): account.payload += part.bytes
                    case .header(let id): account.words.append("\(id)")
                    case .objectBegan(let header):
                        account.words.append(
                            "\(header.location) \(header.priority) \(header.payloadByteCount)")
                        account.payload += header.properties?.bytes.bytes ?? []
                    case .objectEnded: account.words.append("ended")
                    case .gap(let gap, let location): account.words.append("\(gap) \(location)")
                    }
                }
            }
            try parser.finished()
        } catch {
            account.hasFailed = true
        }
        return account
    }
}
