/// How the programs end: stable, because scripts rely on the numbers.
public enum ExitCode: Int32, Sendable {
    /// Everything asked for was done.
    case done = 0
    /// Something went wrong on the way: unreachable relay, refused handshake, I/O error, failed test.
    case failed = 1
    /// The command line (or a file that it names) makes no sense.
    case usage = 2
    /// `--timeout` passed first.
    case timedOut = 3
    /// The peer refused the request; its MoQT code and reason are on standard error.
    case refused = 4
    /// `interop` only: the named test is not one that this client has.
    case unsupportedTest = 127
}
