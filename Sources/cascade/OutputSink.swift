import Glibc
import Tooling

/// Where received bytes go: a file or standard output.
struct OutputSink {
    private let descriptor: Int32

    /// `path`: a file, which is emptied first, or `-`.
    init(_ path: String) throws(UsageError) {
        if path == "-" {
            descriptor = 1
            return
        }
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw UsageError(
                "cannot write '\(Printable.escaped(path, limit: 200))': \(String(cString: strerror(errno)))")
        }
    }

    /// False when the reader has gone or the disk is full.
    func write(_ bytes: [UInt8]) -> Bool { StandardStream.write(bytes, to: descriptor) }
}
