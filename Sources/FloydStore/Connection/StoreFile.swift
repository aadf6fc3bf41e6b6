import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The database's file as the file system has it.
enum StoreFile {
    /// Makes the file if it is absent, and takes other accounts' rights to it. SQLite gives the log beside it the same mode.
    ///
    /// - Throws: `FloydError` with `unavailable`.
    static func prepare(_ path: String, creating: Bool) throws(FloydError) {
        if chmod(path, 0o600) == 0 { return }
        guard errno == ENOENT else { throw unusable(path, errno) }
        guard creating else { throw notReady(path) }
        // A file that exists is never opened here: closing it again would drop the locks this process has on it (fcntl(2)).
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            _ = close(descriptor)
        } else if errno != EEXIST {
            throw unusable(path, errno)
        }
    }

    /// Lets other processes work for a moment.
    static func pause() {
        usleep(10_000)
    }

    static func notReady(_ path: String) -> FloydError {
        FloydError(
            .unavailable,
            "the database \(path) is not ready for this version",
            hint: "Start the daemon first: `floydlited serve` makes the database or brings it up to date."
        )
    }

    private static func unusable(_ path: String, _ error: Int32) -> FloydError {
        FloydError(
            .unavailable,
            "the database \(path) can't be opened: \(String(cString: strerror(error)))",
            hint: "The data directory must exist and belong to the account that runs floydlited."
        )
    }
}
