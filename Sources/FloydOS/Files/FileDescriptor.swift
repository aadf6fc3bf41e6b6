internal import CFloydLinux
internal import Glibc

/// An open file. Closed when it goes out of scope; every one is opened close-on-exec.
public struct FileDescriptor: ~Copyable, Sendable {
    public let raw: Int32

    /// Takes over a descriptor that somebody else opened.
    public init(owning raw: Int32) {
        self.raw = raw
    }

    deinit {
        Glibc.close(raw)
    }

    /// open(2).
    public static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o600) throws(SystemError) -> FileDescriptor
    {
        FileDescriptor(owning: try retryingInterrupts("open", path: path) { floyd_open(path, flags, mode) })
    }

    /// openat(2) in this folder. Trusts `path`: for paths from outside there is `openBeneath`.
    public func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o600) throws(SystemError) -> FileDescriptor {
        FileDescriptor(owning: try retryingInterrupts("open", path: path) { floyd_openat(raw, path, flags, mode) })
    }

    /// openat2(2) in this folder for a path that came from outside: whatever `path` and the links on its way say, nothing outside
    /// the folder is reached; any symbolic link on the way is an error (`ELOOP`), a way out too (`EXDEV`).
    public func openBeneath(_ path: String, _ flags: Int32, mode: UInt32 = 0o600) throws(SystemError) -> FileDescriptor
    {
        FileDescriptor(
            owning: try retryingInterrupts("open", path: path) { floyd_open_beneath(raw, path, flags, mode) }
        )
    }

    /// The same for a path that need not be UTF-8.
    public func openBeneath(_ path: [UInt8], _ flags: Int32) throws(SystemError) -> FileDescriptor {
        let path = path.map(CChar.init(bitPattern:)) + [0]
        return FileDescriptor(owning: try retryingInterrupts("open") { floyd_open_beneath(raw, path, flags, 0) })
    }

    /// Closes and says whether that failed, which loses written data on some file systems (close(2)).
    public consuming func close() throws(SystemError) {
        let raw = release()
        guard Glibc.close(raw) == 0 else { throw SystemError("close") }
    }

    /// The descriptor, which is the caller's to close from here on.
    public consuming func release() -> Int32 {
        let raw = raw
        discard self
        return raw
    }

    /// fstat(2).
    public func status() throws(SystemError) -> FileStatus {
        var status = stat()
        guard fstat(raw, &status) == 0 else { throw SystemError("fstat") }
        return FileStatus(status)
    }

    /// read(2): the number of bytes, 0 at the end.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        try retryingInterrupts("read") { Glibc.read(raw, buffer.baseAddress, buffer.count) }
    }

    /// pread(2): the number of bytes, 0 at the end.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SystemError) -> Int {
        try retryingInterrupts("pread") { pread(raw, buffer.baseAddress, buffer.count, off_t(offset)) }
    }

    /// Everything up to the end, but at most `limit` bytes: a longer file is an error (`EFBIG`).
    public func readAll(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        // Most are small. More would be fetched from the kernel and given back to it for each of them.
        var piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = try read(into: piece)
            if count == 0 { return bytes }
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece[..<count]))
            if bytes.count > limit { throw SystemError("read", code: EFBIG) }
            guard count == piece.count, count < 65_536 else { continue }
            piece.deallocate()
            piece = .allocate(byteCount: 65_536, alignment: 16)
        }
    }

    /// Writes all of `buffer`, over several calls of write(2) where it must.
    public func write(all buffer: UnsafeRawBufferPointer) throws(SystemError) {
        var rest = buffer
        while !rest.isEmpty {
            let count = try retryingInterrupts("write") { Glibc.write(raw, rest.baseAddress, rest.count) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    public func write(all bytes: [UInt8]) throws(SystemError) {
        let result: Result<Void, SystemError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(SystemError) in try write(all: buffer) }
        }
        try result.get()
    }

    /// lseek(2) from the start.
    public func seek(to offset: Int64) throws(SystemError) {
        guard lseek(raw, off_t(offset), SEEK_SET) >= 0 else { throw SystemError("lseek") }
    }

    /// pwrite(2) of all bytes from `offset` on.
    public func write(all bytes: [UInt8], at offset: Int64) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            done += try retryingInterrupts("pwrite") {
                bytes.withUnsafeBytes {
                    pwrite(raw, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(offset) + done)
                }
            }
        }
    }

    /// fsync(2): what was written is on the disk when this returns.
    public func synchronize() throws(SystemError) {
        try retryingInterrupts("fsync") { fsync(raw) }
    }

    /// fdatasync(2).
    public func synchronizeData() throws(SystemError) {
        try retryingInterrupts("fdatasync") { fdatasync(raw) }
    }

    /// ftruncate(2).
    public func truncate(to size: Int64) throws(SystemError) {
        try retryingInterrupts("ftruncate") { ftruncate(raw, off_t(size)) }
    }

    /// fallocate(2) without changing the size; a file system that can't is left as it is.
    public func allocate(_ size: Int64) throws(SystemError) {
        guard size > 0, floyd_allocate(raw, Int(size)) != 0 else { return }
        if errno != EOPNOTSUPP && errno != ENOSYS { throw SystemError("fallocate") }
    }

    /// Whether the file is on a tmpfs (fstatfs(2)).
    public var isInMemory: Bool { floyd_is_in_memory(raw) != 0 }

    /// Frees the bytes of `range` (fallocate(2), FALLOC_FL_PUNCH_HOLE): the file keeps its size, and they read as NUL.
    public func punchHole(_ range: Range<Int64>) throws(SystemError) {
        try retryingInterrupts("fallocate") {
            floyd_punch_hole(raw, Int(range.lowerBound), Int(range.upperBound - range.lowerBound))
        }
    }

    /// Has the kernel begin to write the bytes of `range` to the disk (sync_file_range(2)): a later fsync has less to wait for. Promises
    /// nothing, and where it can't be done nothing happens.
    public func startWriting(_ range: Range<Int64>) {
        Self.startWriting(raw, range)
    }

    /// The same of a descriptor that stays open meanwhile.
    public static func startWriting(_ raw: Int32, _ range: Range<Int64>) {
        _ = floyd_start_writing(raw, Int(range.lowerBound), Int(range.upperBound - range.lowerBound))
    }

    /// fchown(2).
    public func changeOwner(uid: UInt32, gid: UInt32) throws(SystemError) {
        guard fchown(raw, uid, gid) == 0 else { throw SystemError("fchown") }
    }

    /// fchmod(2).
    public func changeMode(_ mode: UInt32) throws(SystemError) {
        guard fchmod(raw, mode) == 0 else { throw SystemError("fchmod") }
    }
}
