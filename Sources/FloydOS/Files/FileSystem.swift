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

    /// Bytes of the blocks that files in `folder` can share with each other (reflinks, as XFS and btrfs have them); nil where they can't.
    ///
    /// The kernel doesn't say, so it is tried, with two files that have no name and are gone with this call.
    public static func sharedBlockSize(in folder: String) -> Int64? {
        guard let size = status(folder).map({ Int($0.f_bsize) }), 1...(1 << 16) ~= size,
            let from = try? FileDescriptor.open(folder, unnamed | O_RDWR),
            let to = try? FileDescriptor.open(folder, unnamed | O_RDWR),
            (try? from.write(all: [UInt8](repeating: 1, count: size))) != nil
        else { return nil }
        return FileCopy.clone(0..<Int64(size), from: from, to: to, at: 0) ? Int64(size) : nil
    }

    /// open(2)'s O_TMPFILE.
    private static let unnamed: Int32 = 0o20000000 | O_DIRECTORY

    private static func status(_ path: String) -> statvfs? {
        var status = statvfs()
        return statvfs(path, &status) == 0 ? status : nil
    }

    private static func bytes(_ blocks: fsblkcnt_t, _ size: UInt) -> Int64 {
        Int64(clamping: UInt64(blocks).multipliedReportingOverflow(by: UInt64(size)).partialValue)
    }
}
