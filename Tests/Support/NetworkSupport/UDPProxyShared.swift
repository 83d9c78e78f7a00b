import Glibc
import Synchronization

/// What a `UDPProxy` and its thread tell each other.
final class UDPProxyShared: Sendable {
    struct State: Sendable {
        var mustStop = false
        var isStopped = false
        var newToTarget: NetworkConditions?
        var newToClient: NetworkConditions?
        var rebindsAsked = 0
        var rebindsDone = 0
        var toTarget = UDPProxyCounters()
        var toClient = UDPProxyCounters()
        var upstreamPorts: [UInt16] = []
    }

    let state = Mutex(State())
    /// The two ends of a pipe: a byte in `wakeWriter` ends the thread's poll on `wakeReader`.
    let wakeReader: Int32
    private let wakeWriter: Int32

    init() throws(UDPProxyError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw UDPProxyError(call: "pipe", number: errno) }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        wakeReader = ends[0]
        wakeWriter = ends[1]
    }

    deinit {
        close(wakeReader)
        close(wakeWriter)
    }

    func command(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
        var byte: UInt8 = 1
        _ = write(wakeWriter, &byte, 1)
    }
}
