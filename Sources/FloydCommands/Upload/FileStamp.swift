import FloydModel

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What tells whether a file was changed meanwhile.
struct FileStamp: Hashable {
    var size: Int64
    var inode: UInt64
    var seconds: Int
    var nanoseconds: Int

    init(_ status: stat) {
        size = Int64(status.st_size)
        inode = UInt64(status.st_ino)
        #if canImport(Darwin)
            seconds = status.st_mtimespec.tv_sec
            nanoseconds = status.st_mtimespec.tv_nsec
        #else
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        #endif
    }

    /// The stamp of the file at `path`.
    init(path: String) throws(FloydError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw LocalFile.flaw("can't read", path) }
        self.init(status)
    }

    /// The error that says that the file at `path` is no longer what it was.
    static func change(of path: String) -> FloydError {
        FloydError(
            .contentMismatch,
            "\(path) changed while it was being sent",
            hint: "Try again when nothing writes to it."
        )
    }
}
