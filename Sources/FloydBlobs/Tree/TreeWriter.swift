import FloydModel
import FloydOS
import FloydTree
import Glibc

/// Makes the folders, links and files of a tree below a folder.
///
/// Each entry is made in its opened parent, which is reached from the top without following a link, and must be new. So whatever the tree says, and
/// whoever else may write there, nothing outside the folder is touched.
struct TreeWriter: ~Copyable {
    struct Owner: Sendable, Hashable {
        var uid: uid_t
        var gid: gid_t
    }

    private let top: FileDescriptor
    private let owner: Owner?
    /// The folder that was written to last; nil: the top.
    private var parent: FileDescriptor?
    private var parentPath = ""

    /// - Parameter folder: an empty folder.
    init(folder: String, owner: Owner? = nil) throws(SystemError) {
        let top = try FileDescriptor.open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try top.changeMode(0o755)
        if let owner { try top.changeOwner(uid: owner.uid, gid: owner.gid) }
        self.top = top
        self.owner = owner
    }

    /// Makes the folder, unless it is there as the parent of something.
    mutating func makeFolder(_ path: String) throws(SystemError) {
        let name = try enterParent(of: path)
        guard mkdirat(parent?.raw ?? top.raw, name, 0o755) == 0 else {
            if errno == EEXIST { return }
            throw SystemError("mkdir", path: path)
        }
        let folder = try top.openBeneath(path, O_RDONLY | O_DIRECTORY)
        try folder.changeMode(0o755)
        if let owner { try folder.changeOwner(uid: owner.uid, gid: owner.gid) }
    }

    mutating func makeLink(_ path: String, target: String) throws(SystemError) {
        let name = try enterParent(of: path)
        let raw = parent?.raw ?? top.raw
        guard symlinkat(target, raw, name) == 0 else { throw SystemError("symlink", path: path) }
        guard let owner else { return }
        guard fchownat(raw, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw SystemError("chown", path: path)
        }
    }

    /// Makes a hard link to the file at `source`. False where the file system allows no more of them (EMLINK).
    mutating func makeHardLink(_ path: String, to source: String) throws(SystemError) -> Bool {
        let name = try enterParent(of: path)
        if linkat(AT_FDCWD, source, parent?.raw ?? top.raw, name, 0) == 0 { return true }
        if errno == EMLINK { return false }
        throw SystemError("link", path: source)
    }

    /// Makes a file with the content of `source`.
    mutating func makeFile(_ path: String, mode: mode_t, from source: borrowing FileDescriptor) throws(SystemError) {
        let file = try createFile(path)
        try FileCopy.copy(from: source, to: file)
        try finish(file, mode: mode)
    }

    /// Makes an empty file.
    mutating func makeFile(_ path: String, mode: mode_t) throws(SystemError) {
        try finish(try createFile(path), mode: mode)
    }

    private mutating func createFile(_ path: String) throws(SystemError) -> FileDescriptor {
        let name = try enterParent(of: path)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        if let file = try parent?.open(name, flags) { return file }
        return try top.open(name, flags)
    }

    private func finish(_ file: borrowing FileDescriptor, mode: mode_t) throws(SystemError) {
        if let owner { try file.changeOwner(uid: owner.uid, gid: owner.gid) }
        try file.changeMode(mode)
    }

    /// Opens the parent of `path`, made if it isn't there, and says the last part of `path`.
    private mutating func enterParent(of path: String) throws(SystemError) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else {
            parent = nil
            parentPath = ""
            return path
        }
        let folder = String(path[..<slash])
        let name = String(path[path.utf8.index(after: slash)...])
        if parent != nil, folder.utf8.elementsEqual(parentPath.utf8) { return name }
        do {
            parent = try top.openBeneath(folder, O_RDONLY | O_DIRECTORY)
        } catch {
            guard error.code == ENOENT else { throw error }
            try makeFolder(folder)
            parent = try top.openBeneath(folder, O_RDONLY | O_DIRECTORY)
        }
        parentPath = folder
        return name
    }
}
