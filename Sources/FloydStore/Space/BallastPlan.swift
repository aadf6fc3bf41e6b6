import GRDB

/// How large the ballast is, when there is room for it, and which failures it helps against.
public enum BallastPlan {
    private static let maximum: Int64 = 32 << 20
    /// What is taken of a disk is whole blocks.
    private static let block: Int64 = 4_096

    /// A quarter of the disk's reserve, and no more than 32 MiB: thousands of writes of a job's end.
    public static func size(reserve: Int64) -> Int64 {
        min(max(0, reserve) / 4, maximum) / block * block
    }

    /// Whether a disk with that much left has ample room for a ballast of that size: what remains is thrice as much, so that it isn't needed
    /// again at once.
    ///
    /// - Parameter free: bytes; where nobody knows, trying will tell.
    static func isAmple(_ free: Int64?, for size: Int64) -> Bool {
        free.map { $0 / 4 >= size } ?? true
    }

    /// Whether a write of the database may have failed so because the disk is full. SQLite says so of a write alone: a full disk shows itself
    /// as an error of input and output where the log's index grows, or what was written is synced.
    static func mayWantSpace(_ code: ResultCode) -> Bool {
        switch code {
        case .SQLITE_FULL, .SQLITE_IOERR_WRITE, .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC, .SQLITE_IOERR_TRUNCATE,
            .SQLITE_IOERR_SHMOPEN, .SQLITE_IOERR_SHMSIZE, .SQLITE_IOERR_SHMMAP, .SQLITE_CANTOPEN:
            true
        default: false
        }
    }
}
