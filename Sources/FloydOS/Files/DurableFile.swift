internal import Glibc

/// Files that are there whole or not at all, whatever is killed.
public enum DurableFile {
    /// Writes `bytes` to `path` by temporary file, fsync, rename and fsync of the folder; when it returns they are on the disk.
    ///
    /// A crash in the middle leaves the old file (or none) and perhaps `path.tmp`, which the next write replaces.
    public static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws(SystemError) {
        let temporary = path + ".tmp"
        let file = try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode)
        try file.write(all: bytes)
        try file.synchronize()
        try file.close()
        try Folder.rename(temporary, to: path)
        try Folder.synchronize(Folder.parent(of: path) ?? ".")
    }

    /// Writes `bytes` to `path`, where nothing is yet, with one commit of the file system's journal instead of two: by temporary file,
    /// rename, and only then fsync of the file and the folder.
    ///
    /// Whoever looks sees all of it or nothing, also after this process was killed in the middle. After an outage of the machine in the
    /// middle there may be an empty file at `path`, or one of NUL bytes.
    public static func create(_ bytes: [UInt8], at path: String, mode: UInt32 = 0o600) throws(SystemError) {
        let temporary = path + ".tmp"
        let file = try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode)
        try file.write(all: bytes)
        try Folder.rename(temporary, to: path)
        try file.synchronize()
        try Folder.synchronize(Folder.parent(of: path) ?? ".")
    }

    /// The bytes of the file, or nil if there is none. One longer than `limit` is an error (`EFBIG`).
    public static func read(_ path: String, limit: Int = 1 << 20) throws(SystemError) -> [UInt8]? {
        let raw = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard raw >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemError("open", path: path)
        }
        return try FileDescriptor(owning: raw).readAll(limit: limit)
    }
}
