internal import CFloydLinux
internal import Glibc

/// Files that have holes, and reads that must not wait.
extension FileDescriptor {
    /// open(2)'s flags for reading what might not be what it should be: no link is followed and no device waited for.
    public static var readingQuietly: Int32 { O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY }

    /// Where there are bytes at `offset` or behind it; nil if only a hole follows, or nothing. lseek(2), SEEK_DATA; moves the file's own
    /// offset, which reads at a given one don't use.
    public func data(from offset: Int64) throws(SystemError) -> Int64? {
        try Self.place(floyd_seek_data(raw, Int(offset)))
    }

    /// Where the next hole begins, at `offset` or behind it: the end at the latest; nil behind the end. lseek(2), SEEK_HOLE.
    public func hole(from offset: Int64) throws(SystemError) -> Int64? {
        try Self.place(floyd_seek_hole(raw, Int(offset)))
    }

    private static func place(_ found: Int) throws(SystemError) -> Int64? {
        if found >= 0 { return Int64(found) }
        if errno == ENXIO { return nil }
        throw SystemError("lseek")
    }

    /// pread(2) of what is in memory: nil where the disk would have to be waited for, or the file system can't tell (preadv2(2),
    /// RWF_NOWAIT). Less than asked for may come although there is more.
    public func readAtOnce(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SystemError) -> Int? {
        while true {
            let count = floyd_read_at_once(raw, buffer.baseAddress, buffer.count, Int(offset))
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN, EOPNOTSUPP, ENOSYS, EINVAL: return nil
            default: throw SystemError("preadv2")
            }
        }
    }
}
