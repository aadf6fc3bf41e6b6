internal import Glibc

/// What a file system says of itself.
public enum FileSystem {
    /// Bytes that ordinary users may still take of the one that holds `path` (statvfs(3)); nil if nobody knows.
    public static func free(_ path: String) -> Int64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int64(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
        )
    }
}
