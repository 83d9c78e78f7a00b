import Glibc
import QUICTransport
import Tooling

/// Bytes from a file or a pipe, without blocking the loop on a pipe.
final class InputSource {
    /// A file is read as fast as it is asked for; a pipe when it has something.
    let isFile: Bool
    private let descriptor: Int32
    private let loop: EventLoop
    private var watch: EventLoop.WatchID?
    private var isWatching = false
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    enum Portion {
        case bytes(ArraySlice<UInt8>)
        /// A pipe has nothing now; `onReadable` will be called.
        case nothingYet
        case end
        case failed(String)
    }

    /// Called when a pipe that had nothing has something again.
    var onReadable: () -> Void = {}

    /// `path`: a file, or `-` for standard input. Throws when it cannot be opened.
    init(_ path: String, loop: EventLoop) throws(UsageError) {
        self.loop = loop
        if path == "-" {
            descriptor = 0
        } else {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw UsageError(
                    "cannot read '\(Printable.escaped(path, limit: 200))': \(String(cString: strerror(errno)))"
                )
            }
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw UsageError("cannot read the input") }
        if status.st_mode & S_IFMT == S_IFDIR {
            throw UsageError("'\(Printable.escaped(path, limit: 200))' is a directory")
        }
        isFile = status.st_mode & S_IFMT == S_IFREG
        if !isFile {
            let flags = fcntl(descriptor, F_GETFL)
            _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        }
    }

    func read() -> Portion {
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count > 0 { return .bytes(buffer[0..<count]) }
        if count == 0 {
            stopWatching()
            return .end
        }
        if errno == EAGAIN || errno == EINTR {
            waitUntilReadable()
            return .nothingYet
        }
        return .failed("cannot read the input: \(String(cString: strerror(errno)))")
    }

    private func waitUntilReadable() {
        if let watch {
            if !isWatching { loop.update(watch, for: .readable) }
            isWatching = true
            return
        }
        do throws(TransportError) {
            watch = try loop.watch(descriptor, for: .readable) { [weak self] _ in self?.readable() }
            isWatching = true
        } catch {
            // Cannot be polled (a device, say): look again soon.
            loop.schedule(afterMilliseconds: 10) { [weak self] in self?.onReadable() }
        }
    }

    private func readable() {
        // Quiet until somebody has read it empty again.
        if let watch { loop.update(watch, for: []) }
        isWatching = false
        onReadable()
    }

    private func stopWatching() {
        if let watch { loop.unwatch(watch) }
        watch = nil
    }
}
