internal import Glibc

/// What stat(2) says of a file.
public struct FileStatus: Sendable, Hashable {
    /// inode(7).
    public enum Kind: Sendable, Hashable {
        case file, folder, link, fifo, socket, device
    }

    public let kind: Kind
    /// Bytes.
    public let size: Int64
    /// Permission bits alone.
    public let mode: UInt32
    public let uid: UInt32
    public let gid: UInt32
    public let links: UInt64
    public let inode: UInt64
    public let device: UInt64
    /// Nanoseconds since 1970.
    public let modified: Int64
    /// Nanoseconds since 1970.
    public let changed: Int64

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            default: .device
            }
        size = Int64(status.st_size)
        mode = status.st_mode & 0o7777
        uid = status.st_uid
        gid = status.st_gid
        links = UInt64(status.st_nlink)
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }

    /// The status of the file at `path`, or nil if there is none. A link at its end is not followed unless asked for.
    public static func of(_ path: String, followingLinks: Bool = false) throws(SystemError) -> FileStatus? {
        try of(path, in: AT_FDCWD, followingLinks: followingLinks)
    }

    /// The same, of a path relative to the open folder `folder`.
    public static func of(_ path: String, in folder: Int32, followingLinks: Bool = false) throws(SystemError)
        -> FileStatus?
    {
        var status = stat()
        guard fstatat(folder, path, &status, followingLinks ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemError("stat", path: path)
        }
        return FileStatus(status)
    }
}
