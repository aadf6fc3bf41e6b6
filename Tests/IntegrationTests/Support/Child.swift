import FloydOS
import Foundation
import Glibc
import Synchronization

/// A process that a test started. Threads of its own read what it says and wait for its end, so that tests never block one
/// that others need.
final class Child: Sendable {
    /// One of its streams so far.
    struct Received: Sendable {
        var bytes: [UInt8] = []
        var isClosed = false

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    let line: String
    let pid: pid_t
    let output = Observed(Received())
    let errors = Observed(Received())
    private let status = Observed<Int32?>(nil)
    /// Holds off the moment when the pid may become another process's.
    private let reaping = Mutex(())

    private init(line: String, pid: pid_t, output: Int32, errors: Int32) {
        self.line = line
        self.pid = pid
        read(output, into: self.output)
        read(errors, into: self.errors)
    }

    private func read(_ descriptor: Int32, into received: Observed<Received>) {
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                received.change { $0.bytes += buffer[..<count] }
            }
            close(descriptor)
            received.change { $0.isClosed = true }
        }
    }

    private func reap() {
        var information = siginfo_t()
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        reaping.withLock { _ in
            var raw: Int32 = 0
            while waitpid(pid, &raw, 0) < 0, errno == EINTR {}
            // wait(2): the low seven bits are the signal, the next byte the exit code.
            let signal = raw & 0x7f
            status.change { $0 = signal == 0 ? (raw >> 8) & 0xff : 128 + signal }
        }
    }

    var hasEnded: Bool { status.value != nil }

    /// Does nothing if it has ended.
    func signal(_ number: Int32) {
        reaping.withLock { _ in
            if status.value == nil { kill(pid, number) }
        }
    }

    /// The exit code once it has ended; 128 + n for signal n.
    func end(within limit: Duration = .seconds(30)) async throws -> Int32 {
        try await status.first(within: limit, "the end of `\(line)`") { $0 }
    }

    /// How it ended, with all that it said.
    func outcome(within limit: Duration = .seconds(60)) async throws -> Outcome {
        let status = try await end(within: limit)
        let output = try await output.first(within: limit, "the end of the output of `\(line)`") {
            $0.isClosed ? $0 : nil
        }
        let errors = try await errors.first(within: limit, "the end of the errors of `\(line)`") {
            $0.isClosed ? $0 : nil
        }
        return Outcome(line: line, status: status, output: output.bytes, errors: errors.bytes)
    }

    /// The first whole line of standard output that has `text` in it.
    @discardableResult
    func outputLine(with text: String, within limit: Duration = .seconds(60)) async throws -> String {
        try await Self.line(of: output, with: text, within: limit, self.line)
    }

    /// The first whole line of standard error that has `text` in it.
    @discardableResult
    func errorLine(with text: String, within limit: Duration = .seconds(60)) async throws -> String {
        try await Self.line(of: errors, with: text, within: limit, line)
    }

    private static func line(
        of stream: Observed<Received>,
        with text: String,
        within limit: Duration,
        _ program: String
    ) async throws -> String {
        try await stream.first(within: limit, "\"\(text)\" from `\(program)`") { received in
            let whole = received.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = whole.first(where: { $0.contains(text) }) { return String(line) }
            guard !received.isClosed else {
                throw FixtureFailure(description: "`\(program)` never said \"\(text)\", but: \(received.text)")
            }
            return nil
        }
    }
}

extension Child {
    /// Starts the process. It inherits the three standard streams and nothing else.
    static func start(_ command: Command) async throws -> Child {
        let input = try Pipe.open()
        let output = try Pipe.open()
        let errors = try Pipe.open()
        defer { for descriptor in [input.read, output.write, errors.write] { close(descriptor) } }
        if let bytes = command.input, write(input.write, bytes, bytes.count) != bytes.count {
            throw FixtureFailure(description: "the input is more than a pipe holds")
        }
        close(input.write)
        let words = command.words
        var process = ProcessCommand(
            words[0],
            arguments: words,
            environment: command.environment.map { "\($0.key)=\($0.value)" },
            folder: command.folder,
            descriptors: [input.read, output.write, errors.write]
        )
        process.umask = 0o022
        // The thread that waits for it starts it: should the tests be killed, it ends with them.
        process.diesWithParent = true
        return try await withCheckedThrowingContinuation { [process] continuation in
            Thread.detachNewThread {
                do {
                    let pid = try process.spawn()
                    let child = Child(line: command.line, pid: pid, output: output.read, errors: errors.read)
                    continuation.resume(returning: child)
                    child.reap()
                } catch {
                    close(output.read)
                    close(errors.read)
                    continuation.resume(throwing: error)
                }
            }
        }
    }
}

/// The two ends of a pipe, closed on exec.
private struct Pipe {
    var read: Int32
    var write: Int32

    static func open() throws -> Pipe {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        return Pipe(read: ends[0], write: ends[1])
    }
}
