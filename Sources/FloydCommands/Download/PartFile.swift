import FloydModel
import FloydTree

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file that is being fetched. It lies beside its place under a name that says what its bytes are to be, and stays there when the command is broken
/// off, whichever way: the next one goes on from its end, and what was there is looked at again with the whole.
struct PartFile: ~Copyable {
    let name: String
    private let descriptor: Int32
    private let shown: String
    private var hasher: FileHasher
    /// Bytes that are in it.
    private(set) var size: Int64 = 0

    /// - Parameters:
    ///   - folder: an open folder; stays the caller's.
    ///   - algorithm: what its hash is to be of.
    ///   - shown: what errors call it.
    /// - Throws: `FloydError` with `conflict` while another command fetches the same.
    init(name: String, in folder: Int32, mode: mode_t, _ algorithm: HashAlgorithm, shown: String) throws(FloydError) {
        self.name = name
        hasher = FileHasher(algorithm)
        self.shown = shown
        descriptor = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw LocalFile.flaw("can't write", shown) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
            throw FloydError(.localFile, "\(shown) can't be written: something else has the name \(name) beside it")
        }
        // The other one may have given it its name, and so have let it go, a moment ago: then it is no part any more.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, Self.isAt(name, in: folder, status) else {
            throw FloydError(.conflict, "another command is fetching \(shown)", hint: "Wait for it.")
        }
        size = Int64(status.st_size)
    }

    private static func isAt(_ name: String, in folder: Int32, _ opened: stat) -> Bool {
        var status = stat()
        return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_ino == opened.st_ino
            && status.st_dev == opened.st_dev
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Reads what an earlier command left, so that it can be gone on with.
    ///
    /// - Parameter limit: how long the whole is; a longer part is nothing of it.
    mutating func resume(limit: Int64) throws(FloydError) {
        guard size > 0, size <= limit else { return try restart() }
        guard let count = LocalFile.read(descriptor, upTo: size, { hasher.update($0) }) else {
            throw LocalFile.flaw("can't read", shown)
        }
        size = count
    }

    /// Empties it.
    mutating func restart() throws(FloydError) {
        _ = hasher.finalize()
        guard size > 0 else { return }
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw LocalFile.flaw("can't write", shown)
        }
        size = 0
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FloydError) {
        guard LocalFile.writeAll(bytes, to: descriptor) else {
            let code = errno
            var error = LocalFile.flaw("can't write", shown)
            if code == ENOSPC || code == EDQUOT {
                error.hint = "Make room and run the command again: it goes on from here."
            }
            throw error
        }
        hasher.update(bytes)
        size += Int64(bytes.count)
    }

    /// The hash of all its bytes.
    mutating func hash() -> ContentHash {
        hasher.contentHash()
    }

    /// Gives it the time of its last change.
    ///
    /// - Parameter seconds: since 1970.
    func setModified(_ seconds: Int) {
        var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        // A time that can't be kept is no reason to lose the file.
        futimens(descriptor, &times)
    }
}
