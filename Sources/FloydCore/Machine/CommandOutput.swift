internal import FloydOS
internal import Glibc

/// What a short command printed. For programs that are asked a question and end; jobs are never run this way.
struct CommandOutput: Sendable, Hashable {
    let text: String
    let exitCode: Int32

    private static let limit = 1 << 20

    /// Runs the program with nothing on its standard input and its errors thrown away. Blocks.
    ///
    /// - Throws: `SystemError` with `ETIMEDOUT` if it doesn't end in time; it is killed then.
    static func of(_ program: String, _ arguments: [String], timeout: Duration) throws -> CommandOutput {
        let pair = try DescriptorPair.pipe(capacity: 65_536)
        let reading = FileDescriptor(owning: pair.reading)
        let writing = FileDescriptor(owning: pair.writing)
        let nothing = try FileDescriptor.open("/dev/null", O_RDWR)
        let command = ProcessCommand(
            program,
            arguments: [program] + arguments,
            environment: ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"],
            folder: "/",
            descriptors: [nothing.raw, writing.raw, nothing.raw]
        )
        let pid = try command.spawn()
        var isReaped = false
        defer {
            if !isReaped {
                // Not waited for yet, so the pid is still this child's.
                kill(pid, SIGKILL)
                var status: Int32 = 0
                while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
            }
        }
        try writing.close()
        let deadline = ContinuousClock.now + timeout
        let bytes = try read(reading, until: deadline, program: program)
        // It may close its output and go on.
        if let process = try ProcessDescriptor.open(pid) { try wait(for: process.file, until: deadline, program) }
        var status: Int32 = 0
        try retryingInterrupts("waitpid") { waitpid(pid, &status, 0) }
        isReaped = true
        let signal = status & 0x7f
        return CommandOutput(
            text: String(decoding: bytes, as: UTF8.self),
            exitCode: signal == 0 ? (status >> 8) & 0xff : 128 + signal
        )
    }

    private static func read(
        _ file: borrowing FileDescriptor,
        until deadline: ContinuousClock.Instant,
        program: String
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer { piece.deallocate() }
        while true {
            try wait(for: file, until: deadline, program)
            let count = try file.read(into: piece)
            if count == 0 { return bytes }
            bytes.append(contentsOf: piece[0..<count])
            if bytes.count > limit { throw SystemError("read", path: program, code: EFBIG) }
        }
    }

    /// Returns when there is something to read, the end included.
    private static func wait(
        for file: borrowing FileDescriptor,
        until deadline: ContinuousClock.Instant,
        _ program: String
    ) throws(SystemError) {
        let raw = file.raw
        while true {
            let left = deadline - .now
            guard left > .zero else { throw SystemError("poll", path: program, code: ETIMEDOUT) }
            var event = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
            let milliseconds = Int32(clamping: Int64(left / .milliseconds(1)) + 1)
            if try retryingInterrupts("poll", path: program, { poll(&event, 1, milliseconds) }) > 0 { return }
        }
    }
}
