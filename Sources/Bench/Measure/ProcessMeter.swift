import Glibc

/// CPU time and memory of another process (or this one), from /proc.
public struct ProcessMeter: Sendable {
    public struct Reading: Sendable, Equatable {
        /// User and system time of all threads, microseconds, in the kernel's ticks (10 ms).
        public var cpuMicroseconds: UInt64
        /// Resident memory in bytes.
        public var residentByteCount: UInt64
    }

    public let processID: Int32

    public init(processID: Int32) { self.processID = processID }

    /// nil when there is no such process (any more).
    public func read() -> Reading? {
        guard let stat = Self.contents("/proc/\(processID)/stat"),
            let status = Self.contents("/proc/\(processID)/statm")
        else { return nil }
        return Self.parse(
            stat: stat, statm: status, ticksPerSecond: UInt64(max(1, sysconf(Int32(_SC_CLK_TCK)))),
            pageByteCount: UInt64(max(1, sysconf(Int32(_SC_PAGESIZE)))))
    }

    static func parse(
        stat: String, statm: String, ticksPerSecond: UInt64, pageByteCount: UInt64
    ) -> Reading? {
        // The program's name, in parentheses, may hold anything; the fields behind the last one count from 3.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        let pages = statm.split(separator: " ")
        guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12]),
            pages.count > 1, let resident = UInt64(pages[1])
        else { return nil }
        return Reading(
            cpuMicroseconds: (user + system) * 1_000_000 / ticksPerSecond,
            residentByteCount: resident * pageByteCount)
    }

    /// Of this process, in microseconds.
    static func ownCPUMicroseconds() -> UInt64 {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        func microseconds(_ time: timeval) -> UInt64 {
            UInt64(max(0, time.tv_sec)) * 1_000_000 + UInt64(max(0, time.tv_usec))
        }
        return microseconds(usage.ru_utime) + microseconds(usage.ru_stime)
    }

    private static func contents(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[0..<count], as: UTF8.self)
    }
}
