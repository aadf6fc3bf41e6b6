internal import Glibc

/// What a file system says of itself.
public enum FileSystem {
    /// Bytes that ordinary users may still take of the one that holds `path` (statvfs(3)); nil if nobody knows.
    public static func free(_ path: String) -> Int64? {
        status(path).map { bytes($0.f_bavail, $0.f_frsize) }
    }

    /// Bytes of the one that holds `path`; nil if nobody knows.
    public static func size(_ path: String) -> Int64? {
        status(path).map { bytes($0.f_blocks, $0.f_frsize) }
    }

    private static func status(_ path: String) -> statvfs? {
        var status = statvfs()
        return statvfs(path, &status) == 0 ? status : nil
    }

    private static func bytes(_ blocks: fsblkcnt_t, _ size: UInt) -> Int64 {
        Int64(clamping: UInt64(blocks).multipliedReportingOverflow(by: UInt64(size)).partialValue)
    }
}
