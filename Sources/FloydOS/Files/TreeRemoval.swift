internal import Glibc

/// Removes a file, or a folder with all that is in it. One folder is open at a time, however deep they lie in one another: what a job has
/// left may be deeper than a process may have files open, or a thread has stack.
struct TreeRemoval: ~Copyable {
    /// A folder on the way down.
    private struct Level {
        /// In the folder above, ending with NUL.
        let name: [CChar]
        let device: UInt64
        let inode: UInt64
        var entries: [[UInt8]]
    }

    /// Where the tree's own name stands.
    private let base: FileDescriptor
    private var levels: [Level] = []
    /// The folder of the last level.
    private var current: FileDescriptor

    init(in base: consuming FileDescriptor) throws(SystemError) {
        current = try base.open(".", O_RDONLY | O_DIRECTORY)
        self.base = base
    }

    mutating func remove(_ name: [UInt8], while isWanted: () -> Bool) throws(SystemError) {
        try take(name)
        while !levels.isEmpty && isWanted() {
            if let entry = levels[levels.count - 1].entries.popLast() {
                try take(entry)
            } else {
                try leave()
            }
        }
    }

    /// Removes what isn't a folder, and enters what is.
    private mutating func take(_ name: [UInt8]) throws(SystemError) {
        let cName = name.map(CChar.init(bitPattern:)) + [0]
        if unlinkat(current.raw, cName, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw SystemError("unlink", path: Self.string(cName)) }
        try enter(cName)
    }

    private mutating func enter(_ name: [CChar]) throws(SystemError) {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var raw = openat(current.raw, name, flags)
        if raw < 0 && errno == EACCES {
            // A job may leave folders that nobody may read; an ordinary user must grant itself the right first.
            fchmodat(current.raw, name, 0o700, 0)
            raw = openat(current.raw, name, flags)
        }
        guard raw >= 0 else {
            if errno == ENOENT { return }
            throw SystemError("open", path: Self.string(name))
        }
        let folder = FileDescriptor(owning: raw)
        let status = try folder.status()
        // Entries of a folder that its owner may not write can't be removed before it may.
        if status.mode & 0o700 != 0o700 { try? folder.changeMode(0o700) }
        let entries = try Folder.rawNames(in: folder)
        levels.append(Level(name: name, device: status.device, inode: status.inode, entries: entries))
        current = folder
    }

    /// Goes up from a folder that is empty now, and removes it.
    private mutating func leave() throws(SystemError) {
        let level = levels.removeLast()
        if let above = levels.last {
            let parent = try current.open("..", O_RDONLY | O_DIRECTORY)
            let status = try parent.status()
            // Somebody has moved the folder meanwhile: up there is not where this came from.
            guard status.device == above.device && status.inode == above.inode else {
                throw SystemError("open", path: Self.string(level.name), code: ESTALE)
            }
            current = parent
        } else {
            current = try base.open(".", O_RDONLY | O_DIRECTORY)
        }
        if unlinkat(current.raw, level.name, AT_REMOVEDIR) != 0 && errno != ENOENT {
            throw SystemError("rmdir", path: Self.string(level.name))
        }
    }

    private static func string(_ name: [CChar]) -> String {
        String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
