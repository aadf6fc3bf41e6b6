import FloydOS
import FloydRun
import Glibc

/// A log on the disk that goes with this.
final class LogScratch {
    let path = "/tmp/floyd-log-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    var index: String { "\(path).index" }

    deinit {
        unlink(path)
        unlink(index)
    }

    func append(_ bytes: [UInt8]) throws {
        let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_APPEND)
        try file.write(all: bytes)
    }

    func open() throws -> OpenLog {
        guard let log = try LogFile(path).open() else { throw SystemError("open", code: ENOENT) }
        return log
    }

    /// Makes zeros of a part, with a hole in the file or without.
    func forget(_ part: Range<Int64>, asHole: Bool) throws {
        let file = try FileDescriptor.open(path, O_RDWR)
        let zeros = [UInt8](repeating: 0, count: Int(part.upperBound - part.lowerBound))
        try file.seek(to: part.lowerBound)
        try file.write(all: zeros)
        guard asHole else { return }
        let status = punch(part)
        guard status == 0 else { throw SystemError("fallocate", code: Int32(status)) }
    }

    private func punch(_ part: Range<Int64>) -> Int {
        let command = ProcessRun(
            "/usr/bin/fallocate",
            ["-p", "-o", "\(part.lowerBound)", "-l", "\(part.upperBound - part.lowerBound)", path]
        )
        return command.status
    }

    /// All records, read as a follower reads them.
    func records(from offset: Int64 = 0, pageSize: Int = OpenLog.pageSize) throws -> [LogRecord] {
        let log = try open()
        var records: [LogRecord] = []
        var offset = offset
        while true {
            let page = try log.page(at: offset, maximumBytes: pageSize)
            if page.nextOffset == offset { return records }
            records += page.records
            offset = page.nextOffset
        }
    }
}

/// A program that is run to its end.
struct ProcessRun {
    let status: Int

    init(_ program: String, _ arguments: [String]) {
        var pid = pid_t()
        var pointers: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        let failure = posix_spawn(&pid, program, nil, nil, &pointers, environ)
        guard failure == 0 else {
            status = Int(failure)
            return
        }
        var result: Int32 = 0
        while waitpid(pid, &result, 0) < 0, errno == EINTR {}
        status = Int(result)
    }
}

extension LogRecord {
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// A record of the log, as the worker writes it.
func line(_ text: String, _ source: LogRecord.Source = .stdout, at second: Int = 0, partial: Bool = false) -> [UInt8] {
    let time = WallTime(nanoseconds: (1_795_000_000 + Int64(second)) * 1_000_000_000)
    var bytes: [UInt8] = []
    LogRecord(
        time: time.description,
        stream: source == .stderr ? .stderr : .stdout,
        partial: partial,
        system: source == .system,
        bytes: Array(text.utf8)
    ).append(to: &bytes)
    return bytes
}

/// A file beside the log.
struct LogScratchFile {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    func write(_ bytes: [UInt8]) throws {
        try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC).write(all: bytes)
    }

    func truncate(_ size: Int64) throws {
        try FileDescriptor.open(path, O_WRONLY).truncate(to: size)
    }
}
