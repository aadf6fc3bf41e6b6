internal import FloydOS
internal import Glibc

/// What a job left in its `/output`. The job is over: nobody changes it any more, but what it made is not to be trusted.
struct Results {
    let folder: String

    /// More files than these are brought to the disk with everything else that waits for it, by one syncfs(2): a sync for each would take longer than
    /// the files of other jobs do.
    static let maximumFiles = 64

    init(folder: String) {
        self.folder = folder
    }

    /// Brings all of it to the disk. Nothing is done where nothing was left.
    ///
    /// - Throws: `SystemError` where the disk won't have it.
    func synchronize() throws(SystemError) {
        guard let top = try? FileDescriptor.open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return }
        var rest = Self.maximumFiles
        let isDone: Bool
        do {
            isDone = try Self.synchronize(top, &rest)
        } catch {
            // A folder or file that even its owner may not open; the file system as a whole asks nobody.
            guard error.code == EACCES else { throw error }
            isDone = false
        }
        // The job's writes came before, so an error that somebody else was told of isn't seen; files opened now are no better off.
        if !isDone { try FileSystemSync(of: folder).run() }
    }

    /// - Parameter rest: how many files and folders may still be opened.
    /// - Returns: false where these were not enough.
    private static func synchronize(_ folder: borrowing FileDescriptor, _ rest: inout Int) throws(SystemError) -> Bool {
        let names = try Folder.rawNames(in: folder)
        guard names.count <= rest else { return false }
        rest -= names.count
        for name in names {
            let name = name.map(CChar.init(bitPattern:)) + [0]
            var status = stat()
            guard fstatat(folder.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { throw SystemError("stat") }
            // Links, pipes and devices have nothing but their names.
            let kind = status.st_mode & S_IFMT
            guard kind == S_IFREG || kind == S_IFDIR else { continue }
            let raw = openat(folder.raw, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard raw >= 0 else { throw SystemError("open") }
            let entry = FileDescriptor(owning: raw)
            if kind == S_IFREG { try entry.synchronize() } else if try !synchronize(entry, &rest) { return false }
        }
        if !names.isEmpty { try folder.synchronize() }
        return true
    }
}
