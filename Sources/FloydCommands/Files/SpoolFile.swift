import FloydModel

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file without a name for what would be too much to hold. Written at its end, read anywhere.
final class SpoolFile {
    private let descriptor: Int32
    private var pending: [UInt8] = []
    /// Bytes of it that are in the file, and not pending.
    private var written: Int64 = 0

    private static let capacity = 1 << 16

    /// Bytes.
    var count: Int64 { written + Int64(pending.count) }

    init() throws(FloydError) {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(folder)/floydlite-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw LocalFile.flaw("can't make a file in", folder) }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit {
        close(descriptor)
    }

    func append(_ bytes: [UInt8]) throws(FloydError) {
        pending += bytes
        if pending.count >= Self.capacity { try flush() }
    }

    /// Overwrites what was appended.
    func write(_ bytes: [UInt8], at offset: Int64) throws(FloydError) {
        try flush()
        guard pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count else { throw Self.failure }
    }

    /// `count` bytes; fewer only at the end.
    func read(_ count: Int, at offset: Int64) throws(FloydError) -> [UInt8] {
        var result: Result<Int, FloydError> = .success(0)
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let buffer = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
            result = Result { () throws(FloydError) in
                try read(into: buffer, at: offset)
            }
            if case .success(let count) = result { filled = count }
        }
        _ = try result.get()
        return bytes
    }

    /// Fills `buffer`, or less of it at the end, and says how much.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FloydError) -> Int {
        try flush()
        let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
        guard count >= 0 else { throw Self.failure }
        return count
    }

    private func flush() throws(FloydError) {
        guard !pending.isEmpty else { return }
        guard pending.withUnsafeBytes({ LocalFile.writeAll($0, to: descriptor) }) else { throw Self.failure }
        written += Int64(pending.count)
        pending.removeAll(keepingCapacity: true)
    }

    private static var failure: FloydError {
        var error = LocalFile.flaw("can't use", "a file in the folder for temporary ones")
        error.hint = "Make room there, or name another folder in TMPDIR."
        return error
    }
}

/// Reads a spool file front to back.
struct SpoolReader {
    private let file: SpoolFile
    private var position: Int64
    private var buffer: [UInt8] = []
    private var next = 0

    private static let capacity = 1 << 16

    init(_ file: SpoolFile, at offset: Int64) {
        self.file = file
        position = offset
    }

    /// The next `count` bytes.
    mutating func next(_ count: Int) throws(FloydError) -> [UInt8] {
        if buffer.count - next < count {
            let more = try file.read(max(Self.capacity, count), at: position)
            position += Int64(more.count)
            buffer = buffer[next...] + more
            next = 0
        }
        defer { next += count }
        return Array(buffer[next..<min(buffer.count, next + count)])
    }
}
