import FloydModel

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file without a name for what would be too much to hold. Written at its end, read anywhere.
///
/// Short pieces are read and overwritten in a window of it that is held: they mostly lie close together, and a system call for each of them took an eighth
/// of the time in which many small files are sent.
final class SpoolFile {
    private let descriptor: Int32
    private var pending: [UInt8] = []
    /// Bytes of it that are in the file, and not pending.
    private var written: Int64 = 0

    private var window: [UInt8] = []
    private var windowStart: Int64 = 0
    /// Whether the window has what the file hasn't yet.
    private var isChanged = false

    private static let capacity = 1 << 16
    /// Bytes of a piece that is sought in the window.
    private static let shortPiece = 1 << 12

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
        let place = try find(bytes.count, at: offset)
        guard place.count == bytes.count else { throw Self.failure }
        window.replaceSubrange(place, with: bytes)
        isChanged = true
    }

    /// `count` bytes; fewer only at the end.
    func read(_ count: Int, at offset: Int64) throws(FloydError) -> [UInt8] {
        guard count > Self.shortPiece else { return try Array(window[find(count, at: offset)]) }
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
        try settle()
        let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
        guard count >= 0 else { throw Self.failure }
        return count
    }

    /// Where in the window the piece lies; it is moved there if need be. Shorter than the piece only at the file's end.
    private func find(_ count: Int, at offset: Int64) throws(FloydError) -> Range<Int> {
        if offset < windowStart || offset + Int64(count) > windowStart + Int64(window.count) {
            try flush()
            try settle()
            window = try load(max(Self.capacity, count), at: offset)
            windowStart = offset
        }
        let start = Int(offset - windowStart)
        return start..<min(start + count, window.count)
    }

    private func load(_ size: Int, at offset: Int64) throws(FloydError) -> [UInt8] {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            count = pread(descriptor, buffer.baseAddress, size, off_t(offset))
            filled = max(0, count)
        }
        guard count >= 0 else { throw Self.failure }
        return bytes
    }

    /// Writes what was overwritten in the window.
    private func settle() throws(FloydError) {
        guard isChanged else { return }
        guard pwrite(descriptor, window, window.count, off_t(windowStart)) == window.count else { throw Self.failure }
        isChanged = false
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
