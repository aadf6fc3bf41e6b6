internal import Glibc

/// An flock(2) on a file, exclusive unless it was asked for as a shared one, held until this value goes out of scope or the process ends, however it ends.
public struct FileLock: ~Copyable, Sendable {
    let file: FileDescriptor

    private init(_ file: consuming FileDescriptor) {
        self.file = file
    }

    deinit {
        // Closing alone would leave it with a child that is being started just now, which has a copy of the descriptor until it
        // runs its program.
        flock(file.raw, LOCK_UN)
    }

    /// The lock on `path`, which is made if it isn't there, or nil if somebody else holds it.
    public static func tryAcquire(_ path: String) throws(SystemError) -> FileLock? {
        let file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
        guard flock(file.raw, LOCK_EX | LOCK_NB) == 0 else {
            if errno == EWOULDBLOCK { return nil }
            throw SystemError("flock", path: path)
        }
        return FileLock(file)
    }

    /// The lock on `path`; waits while somebody else holds it.
    public static func acquire(_ path: String) throws(SystemError) -> FileLock {
        let file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
        try retryingInterrupts("flock", path: path) { flock(file.raw, LOCK_EX) }
        return FileLock(file)
    }

    /// The lock on `path` together with whoever else asks like this, or nil if somebody holds it alone.
    public static func tryAcquireShared(_ path: String) throws(SystemError) -> FileLock? {
        let file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
        guard flock(file.raw, LOCK_SH | LOCK_NB) == 0 else {
            if errno == EWOULDBLOCK { return nil }
            throw SystemError("flock", path: path)
        }
        return FileLock(file)
    }

    /// The lock on `path` together with whoever else asks like this; waits while somebody holds it alone.
    public static func acquireShared(_ path: String) throws(SystemError) -> FileLock {
        let file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
        try retryingInterrupts("flock", path: path) { flock(file.raw, LOCK_SH) }
        return FileLock(file)
    }
}
