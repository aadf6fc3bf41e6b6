import FloydOS
package import Glibc

/// A program to run, and how.
package struct Command: Sendable {
    /// What the programs have of the environment.
    package static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
    ]

    package var program: String
    package var arguments: [String]
    package var environment: [String]
    package var folder: String

    package init(_ program: String, _ arguments: [String], environment: [String] = [], folder: String = "/") {
        self.program = program
        self.arguments = arguments
        self.environment = Self.environment + environment
        self.folder = folder
    }

    /// A program that has run.
    package struct Finished: Sendable {
        package var status: Int32
        package var output: String
        package var errors: String
        /// From just before it was started until its end was seen.
        package var time: Nanoseconds
        /// The most memory that it had at a time, in bytes.
        package var memory: Double
    }

    /// Runs it to its end. What it says must be short: it stays in pipes until then.
    package func run() throws -> Finished {
        let output = try DescriptorPair.pipe(capacity: 1 << 20)
        let errors = try DescriptorPair.pipe(capacity: 1 << 20)
        let ends = [output.reading, output.writing, errors.reading, errors.writing]
        defer { for end in ends { close(end) } }
        let null = try FileDescriptor.open("/dev/null", O_RDWR)
        let before = Clock.now
        let pid = try start([null.raw, output.writing, errors.writing])
        var status: Int32 = 0
        var usage = rusage()
        while wait4(pid, &status, 0, &usage) < 0 && errno == EINTR {}
        let time = Clock.now - before
        return Finished(
            status: status,
            output: Self.content(output.reading),
            errors: Self.content(errors.reading),
            time: time,
            memory: Double(usage.ru_maxrss) * 1024
        )
    }

    /// What is in the pipe. Not to the end of the stream: a program that was left behind may hold it open.
    private static func content(_ pipe: Int32) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(pipe, &chunk, chunk.count)
            if count <= 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Runs it to its end, which must be a good one.
    ///
    /// - Throws: `LabError` with what it said if it fails.
    package func succeed() throws -> Finished {
        let finished = try run()
        guard finished.status == 0 else {
            let words = ([program] + arguments).joined(separator: " ")
            throw LabError("\(words) ended with status \(finished.status): \(finished.output)\(finished.errors)")
        }
        return finished
    }

    /// Starts it as a child that does not outlive this program.
    package func start(_ descriptors: [Int32]) throws -> pid_t {
        var command = ProcessCommand(
            program,
            arguments: [program] + arguments,
            environment: environment,
            folder: folder,
            descriptors: descriptors
        )
        command.umask = 0o022
        command.diesWithParent = true
        return try command.spawn()
    }
}
