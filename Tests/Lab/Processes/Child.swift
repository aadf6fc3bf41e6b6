import FloydOS
package import Glibc

/// A program that runs beside this one until it is ended.
package final class Child {
    package let pid: pid_t
    /// As wait(2) has it; nil while it runs.
    package private(set) var status: Int32?

    /// - Parameters:
    ///   - output: where standard output goes; nil: nowhere.
    ///   - log: the file that standard error is added to; nil: nowhere.
    package init(_ command: Command, output: Int32? = nil, log: String? = nil) throws {
        let null = try FileDescriptor.open("/dev/null", O_RDWR)
        let errors = try FileDescriptor.open(log ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND)
        pid = try command.start([null.raw, output ?? errors.raw, errors.raw])
    }

    deinit {
        end()
    }

    /// Whether it has not ended by itself.
    package var isRunning: Bool {
        var raw: Int32 = 0
        if status == nil, waitpid(pid, &raw, WNOHANG) == pid { status = raw }
        return status == nil
    }

    /// SIGTERM, and SIGKILL where that does not help within some seconds. It is this one's child and not waited for yet, so the pid
    /// is still its own.
    package func end() {
        guard isRunning else { return }
        Glibc.kill(pid, SIGTERM)
        for _ in 0..<1500 {
            if !isRunning { return }
            usleep(10_000)
        }
        kill()
    }

    /// SIGKILL, and its end.
    package func kill() {
        guard isRunning else { return }
        Glibc.kill(pid, SIGKILL)
        var raw: Int32 = 0
        while waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
        status = raw
    }
}
