public import MOQTModel

/// Where a subscription begins, as `--from` says it.
public enum TrackStart: Equatable, Sendable {
    /// With what is published next.
    case nextObject
    /// With the next group.
    case nextGroup
    /// At a place, which may lie in the past.
    case place(Location)
    /// With the group that lies so many before the newest; 0 is the newest itself, from its beginning.
    case groupsBack(UInt64)

    /// `next-object`, `next-group`, `GROUP`, `GROUP.OBJECT` or `-N`.
    public init(_ text: String) throws(UsageError) {
        switch text {
        case "next-object": self = .nextObject
        case "next-group": self = .nextGroup
        default:
            if text.hasPrefix("-") {
                guard let count = Self.number(text.dropFirst()), count < .max else { throw Self.error(text) }
                self = .groupsBack(count)
                return
            }
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count <= 2, let first = parts.first, let group = Self.number(first) else {
                throw Self.error(text)
            }
            guard let object = parts.count == 2 ? Self.number(parts[1]) : 0 else { throw Self.error(text) }
            self = .place(Location(group: group, object: object))
        }
    }

    private static func number(_ text: Substring) -> UInt64? {
        text.allSatisfy(\.isASCII) && text.allSatisfy(\.isNumber) ? UInt64(text) : nil
    }

    private static func error(_ text: String) -> UsageError {
        UsageError(
            "--from wants next-object, next-group, GROUP, GROUP.OBJECT or -N (groups back), such as 12.0 or -2, not "
                + "'\(Printable.escaped(text, limit: 40))'")
    }

    /// What a subscription has to ask for. The past comes by a fill, or where the draft has none by a FETCH that joins
    /// the subscription, before what comes live.
    public func apply(to parameters: inout MessageParameters) {
        parameters.filter = self == .nextGroup ? .nextGroup : .nextObject
        switch self {
        case .nextObject, .nextGroup: parameters.fill = nil
        case .place(let start): parameters.fill = FillParameters(filter: .from(start))
        case .groupsBack(let count):
            parameters.fill = FillParameters(filter: .relative(groupCount: count + 1))
        }
    }
}
