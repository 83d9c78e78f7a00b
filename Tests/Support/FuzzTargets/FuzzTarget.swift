/// The parts that fuzzing attacks: each takes any bytes and must neither trap nor hang nor break one of its
/// invariants (a broken one is a `preconditionFailure`). The same functions replay past crashes as a test.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case integers
    case control
    case streams
    case datagrams
    case tokens
    case http3
    case session

    public func run(_ bytes: [UInt8]) {
        guard bytes.count <= Self.maximumByteCount else { return }
        var input = FuzzInput(bytes)
        switch self {
        case .integers: IntegerFuzz.run(&input)
        case .control: ControlFuzz.run(&input)
        case .streams: StreamFuzz.run(&input)
        case .datagrams: DatagramFuzz.run(&input)
        case .tokens: TokenFuzz.run(&input)
        case .http3: HTTP3Fuzz.run(&input)
        case .session: SessionFuzz.run(&input)
        }
    }

    static let maximumByteCount = 1 << 16

    /// An invariant of the target's.
    static func require(_ holds: Bool, _ rule: StaticString) {
        if !holds { preconditionFailure("fuzz: \(rule)") }
    }
}
