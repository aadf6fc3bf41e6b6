import FloydModel
import FloydTree

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A folder that files are fetched into, and nothing outside of it: each name is looked at in its opened parent, which is reached from the top
/// without following a link. The folder itself may be a link, as whoever named it wants.
///
/// Paths come in the order of manifests, mostly: the folders of the last one are kept open for the next.
struct TargetFolder: ~Copyable {
    /// What is at a path.
    struct Found {
        enum Kind: Hashable {
            case file, folder, link, other

            var words: String {
                switch self {
                case .file: "a file"
                case .folder: "a folder"
                case .link: "a link"
                case .other: "neither a file nor a folder"
                }
            }
        }

        var kind: Kind
        var size: Int64
        /// Permission bits.
        var mode: mode_t
        /// Seconds since 1970.
        var modified: Int64
    }

    private struct Level {
        var name: Substring
        var descriptor: Int32
    }

    /// As errors show it.
    let path: String
    private let top: Int32
    private var levels: [Level]

    /// Makes the folder if it isn't there.
    init(path: String) throws(FloydError) {
        try LocalFile.makeFolder(path, mode: 0o777)
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LocalFile.flaw("can't open the folder", path) }
        self.path = path
        top = descriptor
        levels = []
    }

    deinit {
        for level in levels { close(level.descriptor) }
        close(top)
    }

    /// Bytes that may still be written there, if that is known.
    var free: Int64? {
        var status = statvfs()
        guard fstatvfs(top, &status) == 0 else { return nil }
        return Int64(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
        )
    }

    func shown(_ path: String) -> String {
        TextStyle.printable("\(self.path)/\(path)")
    }

    // MARK: Looking

    /// What is at `path`, nil if nothing is.
    ///
    /// - Throws: `FloydError` with `localFile` where something else than a folder stands where one of its parents should.
    mutating func find(_ path: String) throws(FloydError) -> Found? {
        guard let (folder, name) = try enterParent(of: path, making: false) else { return nil }
        var status = stat()
        guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return nil }
            throw LocalFile.flaw("can't look at", shown(path))
        }
        #if canImport(Darwin)
            let modified = Int64(status.st_mtimespec.tv_sec)
        #else
            let modified = Int64(status.st_mtim.tv_sec)
        #endif
        return Found(
            kind: Self.kind(of: status),
            size: Int64(status.st_size),
            mode: status.st_mode & 0o7777,
            modified: modified
        )
    }

    private static func kind(of status: stat) -> Found.Kind {
        switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        case S_IFLNK: .link
        default: .other
        }
    }

    /// The hash of the file at `path`.
    mutating func hash(of path: String, _ algorithm: HashAlgorithm) throws(FloydError) -> ContentHash {
        guard let (folder, name) = try enterParent(of: path, making: false) else {
            throw FloydError(.localFile, "\(shown(path)) is gone")
        }
        let descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw LocalFile.flaw("can't read", shown(path)) }
        defer { close(descriptor) }
        var hasher = FileHasher(algorithm)
        guard LocalFile.read(descriptor, upTo: .max, { hasher.update($0) }) != nil else {
            throw LocalFile.flaw("can't read", shown(path))
        }
        return hasher.contentHash()
    }

    /// Where the link at `path` leads.
    mutating func target(of path: String) throws(FloydError) -> [UInt8] {
        guard let (folder, name) = try enterParent(of: path, making: false) else { return [] }
        let capacity = TreePath.maximumTargetLength + 1
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) { chars in
                guard let start = chars.baseAddress else { return 0 }
                return max(0, readlinkat(folder, name, start, capacity))
            }
        }
    }

    // MARK: Making

    /// Makes the folder at `path` and those above it; what exists stays as it is.
    mutating func makeFolder(_ path: String) throws(FloydError) {
        _ = try enterParent(of: "\(path)/x", making: true)
    }

    /// Makes a link, in the place of a file or link if need be.
    mutating func makeLink(_ path: String, to target: String) throws(FloydError) {
        guard let (folder, name) = try enterParent(of: path, making: true) else { return }
        let draft = ".floydlite-\(getpid()).link"
        unlinkat(folder, draft, 0)
        guard symlinkat(target, folder, draft) == 0, renameat(folder, draft, folder, name) == 0 else {
            let error = LocalFile.flaw("can't make the link", shown(path))
            unlinkat(folder, draft, 0)
            throw error
        }
    }

    /// Makes a kept file executable, or not.
    mutating func setMode(of path: String, _ mode: mode_t) throws(FloydError) {
        guard let (folder, name) = try enterParent(of: path, making: false) else { return }
        let descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, fchmod(descriptor, mode) == 0 else {
            throw LocalFile.flaw("can't change the mode of", shown(path))
        }
    }

    /// Opens the file that is to become the one at `path`; it has that name when `finish` has returned, and not before. What an earlier
    /// command left of it is still in it.
    ///
    /// - Parameters:
    ///   - mark: what its bytes are to be, in letters and digits.
    ///   - algorithm: what its hash is to be of.
    mutating func openPart(
        of path: String,
        mark: String,
        executable: Bool,
        _ algorithm: HashAlgorithm
    ) throws(FloydError) -> PartFile {
        guard let (folder, _) = try enterParent(of: path, making: true) else {
            throw FloydError(.localFile, "\(shown(path)) can't be made")
        }
        let name = ".floydlite-\(mark)\(executable ? "x" : "").part"
        return try PartFile(name: name, in: folder, mode: executable ? 0o777 : 0o666, algorithm, shown: shown(path))
    }

    /// Gives a part its name.
    mutating func finish(_ part: consuming PartFile, as path: String) throws(FloydError) {
        guard let (folder, name) = try enterParent(of: path, making: true) else { return }
        guard renameat(folder, part.name, folder, name) == 0 else {
            throw LocalFile.flaw("can't write", shown(path))
        }
    }

    /// Removes a part.
    mutating func remove(_ part: consuming PartFile, of path: String) throws(FloydError) {
        guard let (folder, _) = try enterParent(of: path, making: false) else { return }
        unlinkat(folder, part.name, 0)
    }

    // MARK: Folders

    /// The opened parent of `path`, and the last part of `path`; nil where the parent isn't there and isn't to be made.
    private mutating func enterParent(
        of path: String,
        making: Bool
    ) throws(FloydError) -> (folder: Int32, name: String)? {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.popLast() else { return nil }
        var common = 0
        while common < min(levels.count, parts.count), levels[common].name.utf8.elementsEqual(parts[common].utf8) {
            common += 1
        }
        while levels.count > common { close(levels.removeLast().descriptor) }
        for part in parts[common...] {
            guard let child = try enter(String(part), making: making) else { return nil }
            levels.append(Level(name: part, descriptor: child))
        }
        return (levels.last?.descriptor ?? top, String(name))
    }

    /// Opens a folder in the last one that is open.
    private func enter(_ name: String, making: Bool) throws(FloydError) -> Int32? {
        let parent = levels.last?.descriptor ?? top
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var child = openat(parent, name, flags)
        if child < 0, errno == ENOENT {
            guard making else { return nil }
            guard mkdirat(parent, name, 0o777) == 0 || errno == EEXIST else {
                throw LocalFile.flaw("can't make the folder", shown(place(of: name)))
            }
            child = openat(parent, name, flags)
        }
        guard child >= 0 else { throw refusal(of: name, in: parent) }
        return child
    }

    private func place(of name: String) -> String {
        (levels.map { String($0.name) } + [name]).joined(separator: "/")
    }

    private func refusal(of name: String, in parent: Int32) -> FloydError {
        let flaw = LocalFile.flaw("can't open the folder", shown(place(of: name)))
        var status = stat()
        guard fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return flaw }
        let kind = Self.kind(of: status)
        guard kind != .folder else { return flaw }
        return FloydError(
            .localFile,
            "\(shown(place(of: name))) is \(kind.words), where a folder is to be",
            hint: "Move it away, or take another folder."
        )
    }
}
