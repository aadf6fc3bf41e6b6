import FloydModel
import FloydOS
import FloydTree
import Glibc

/// A file that an intake holds.
struct StagedFile {
    let hash: ContentHash
    /// Bytes.
    let size: Int64
}

/// Where an intake keeps its files until they become contents. Empty ones aren't kept: they have no content.
struct IntakeStaging: Sendable {
    private let paths: IntakePaths
    private let algorithm: HashAlgorithm
    /// Of the next file.
    private var number = 0

    init(paths: IntakePaths, _ algorithm: HashAlgorithm) {
        self.paths = paths
        self.algorithm = algorithm
    }

    mutating func copy(
        _ source: borrowing FileDescriptor,
        path: String,
        executable: Bool,
        maximumSize: Int64?
    ) throws(FloydError) -> StagedFile {
        let name = try nextName()
        let before = try storing { () throws(SystemError) in try source.status() }
        let copied = try storing { () throws(SystemError) in
            let copy = try FileDescriptor.open(name, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW)
            let copied = try HashingCopy.copy(from: source, to: copy, limit: maximumSize, algorithm)
            try copy.changeMode(mode(executable))
            return copied
        }
        guard let copied else {
            throw FloydError(.tooLarge, "\(TreePath.quoted(path)) has more than \(maximumSize ?? 0) bytes")
        }
        let after = try storing { () throws(SystemError) in try source.status() }
        guard after.size == copied.size, after.modified == before.modified, after.changed == before.changed else {
            throw FloydError(
                .conflict,
                "\(TreePath.quoted(path)) changed while it was read",
                hint: "Try again when nothing writes to it."
            )
        }
        keep(copied)
        return copied
    }

    mutating func link(
        _ source: borrowing FileDescriptor,
        path: String,
        executable: Bool
    ) throws(FloydError) -> StagedFile {
        let name = try nextName()
        let status = try storing { () throws(SystemError) in try source.status() }
        // An empty file has no content to share.
        guard status.size > 0 else { return StagedFile(hash: .ofNothing(algorithm), size: 0) }
        // A name that the draft may have is left by nobody: its folder is new.
        guard linkat(AT_FDCWD, "/proc/self/fd/\(source.raw)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 else {
            throw Self.refusal(of: path, errno)
        }
        let file = try storing { () throws(SystemError) in
            // Read-only before it is read: whoever opens it from now on can't change what the hash is of.
            try source.changeMode(mode(executable))
            return try HashingCopy.hash(source, algorithm)
        }
        number += 1
        return file
    }

    private static func refusal(of path: String, _ code: Int32) -> FloydError {
        let shown = TreePath.quoted(path)
        return switch code {
        case EXDEV:
            FloydError(
                .invalidRequest,
                "\(shown) is on another file system than the store, and hard links can't lead from one to another",
                hint: "Import it without --link: it is copied then."
            )
        case EPERM, EACCES:
            FloydError(
                .invalidRequest,
                "\(shown) may not be linked: it belongs to somebody else, or its file system has no hard links",
                hint: "Import it as its owner or as root, or without --link."
            )
        case EMLINK:
            FloydError(.invalidRequest, "\(shown) has too many names already", hint: "Import it without --link.")
        default: FloydError(storage: SystemError("link", path: path, code: code))
        }
    }

    mutating func move(_ name: String, _ file: StagedFile, executable: Bool) throws(FloydError) {
        guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")) else {
            throw FloydError(.internalError, "\(TreePath.quoted(name)) is no name in a folder")
        }
        let staged = try nextName()
        try storing { () throws(SystemError) in
            try Folder.rename("\(paths.incoming)/\(name)", to: staged)
            let opened = try FileDescriptor.open(staged, FileDescriptor.readingQuietly)
            let status = try opened.status()
            guard status.kind == .file, status.links == 1, status.size == file.size else {
                throw SystemError("open", path: name, code: EINVAL)
            }
            try opened.changeMode(mode(executable))
        }
        keep(file)
    }

    /// Leaves the place of a file free whose content another one has.
    mutating func skip(_ file: StagedFile) throws(FloydError) {
        _ = try nextName()
        keep(file)
    }

    private mutating func keep(_ file: StagedFile) {
        // The next one takes the place of an empty one.
        if file.size > 0 { number += 1 }
    }

    private func nextName() throws(FloydError) -> String {
        if number.isMultiple(of: UploadPaths.filesPerFolder) {
            try storing { () throws(SystemError) in try Folder.create(paths.stagedFolder(number)) }
        }
        return paths.stagedFile(number)
    }

    private func mode(_ executable: Bool) -> UInt32 { executable ? 0o555 : 0o444 }
}
