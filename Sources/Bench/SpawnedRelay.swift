import Glibc

/// A relay that the generator starts itself, by a shell, and ends with the run.
public final class SpawnedRelay {
    public let processID: Int32
    private var isOver = false

    /// Runs `sh -c "exec COMMAND"` with standard output and error on our standard error; nil when there is no
    /// process to be had.
    public init?(_ command: String) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, 2, 1)
        var process: pid_t = 0
        let words = ["/bin/sh", "-c", "exec " + command]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        guard posix_spawn(&process, "/bin/sh", &actions, nil, arguments, environ) == 0 else { return nil }
        processID = process
    }

    /// SIGTERM, and SIGKILL if it has not ended after three seconds.
    public func end() {
        guard !isOver else { return }
        isOver = true
        kill(processID, SIGTERM)
        for _ in 0..<300 {
            var status: Int32 = 0
            if waitpid(processID, &status, WNOHANG) != 0 { return }
            usleep(10_000)
        }
        kill(processID, SIGKILL)
        var status: Int32 = 0
        waitpid(processID, &status, 0)
    }

    deinit { end() }
}
