import Containers
import MOQTModel
import MOQTWire

/// One bidirectional stream that carries a request. A session may have thousands: the order leaves no gaps.
struct RequestStream {
    var frames: ControlFrameReader
    private var flags: Flags
    private var id = RequestID(0)

    init(frames: ControlFrameReader, request: RequestID?, isOurs: Bool) {
        self.frames = frames
        flags = isOurs ? .ours : []
        self.request = request
    }

    /// nil until the peer's first message has come.
    var request: RequestID? {
        get { self[.named] ? id : nil }
        set {
            self[.named] = newValue != nil
            if let newValue { id = newValue }
        }
    }
    var isOurs: Bool { self[.ours] }
    /// Our half has ended by FIN or reset.
    var sendingEnded: Bool {
        get { self[.sendingEnded] }
        set { self[.sendingEnded] = newValue }
    }
    /// The peer's half has ended, or we asked it to stop.
    var receivingEnded: Bool {
        get { self[.receivingEnded] }
        set { self[.receivingEnded] = newValue }
    }
    /// The peer asked us to stop.
    var wasStopped: Bool {
        get { self[.stopped] }
        set { self[.stopped] = newValue }
    }
    /// FIN has arrived; messages before it may still be unread.
    var finArrived: Bool {
        get { self[.finArrived] }
        set { self[.finArrived] = newValue }
    }
    /// It came before SETUP and begins with a request.
    var isKnownRequest: Bool {
        get { self[.knownRequest] }
        set { self[.knownRequest] = newValue }
    }
    /// What still arrives is of no interest.
    var isDiscarding: Bool {
        get { self[.discarding] }
        set { self[.discarding] = newValue }
    }

    private subscript(flag: Flags) -> Bool {
        get { flags.contains(flag) }
        set { if newValue { flags.insert(flag) } else { flags.remove(flag) } }
    }

    private struct Flags: OptionSet {
        let rawValue: UInt8
        static let ours = Flags(rawValue: 1)
        static let sendingEnded = Flags(rawValue: 2)
        static let receivingEnded = Flags(rawValue: 4)
        static let stopped = Flags(rawValue: 8)
        static let finArrived = Flags(rawValue: 16)
        static let knownRequest = Flags(rawValue: 32)
        static let discarding = Flags(rawValue: 64)
        /// `id` says something.
        static let named = Flags(rawValue: 128)
    }
}
