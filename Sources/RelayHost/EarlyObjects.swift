import RelayCore

/// Objects of a PUBLISH that arrived before the control plane had answered it: bounded, and dropped whole
/// once the bound is passed.
struct EarlyObjects {
    private(set) var events: [LogEvent] = []
    private var byteCount = 0
    private var overflowed = false

    static let maximumByteCount = 1 << 20
    static let maximumEventCount = 4096

    mutating func append(_ event: LogEvent, byteCount added: Int) {
        if overflowed { return }
        byteCount += added
        events.append(event)
        if byteCount > Self.maximumByteCount || events.count > Self.maximumEventCount {
            overflowed = true
            events.removeAll()
        }
    }
}
