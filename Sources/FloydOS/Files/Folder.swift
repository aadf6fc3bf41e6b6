internal import CFloydLinux
internal import Glibc

/// What is done to folders as a whole.
public enum Folder {
    /// mkdir(2); a folder that exists already is left as it is.
    public static func create(_ path: String, mode: UInt32 = 0o700, withParents: Bool = false) throws(SystemError) {
        if mkdir(path, mode) == 0 { return }
        if errno == ENOENT && withParents, let parent = parent(of: path) {
            try create(parent, mode: mode, withParents: true)
            if mkdir(path, mode) == 0 { return }
        }
        let code = errno
        if code == EEXIST, try FileStatus.of(path, followingLinks: true)?.kind == .folder { return }
        throw SystemError("mkdir", path: path, code: code)
    }

    /// The folder that `path` stands in, or nil for a bare name or the root.
    public static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return slash == path.startIndex ? (path == "/" ? nil : "/") : String(path[..<slash])
    }

    /// fsync(2) of the folder: names made, renamed or removed in it are on the disk when this returns.
    public static func synchronize(_ path: String) throws(SystemError) {
        try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY).synchronize()
    }

    /// rename(2), within one file system: whole or not at all.
    public static func rename(_ from: String, to: String) throws(SystemError) {
        guard Glibc.rename(from, to) == 0 else { throw SystemError("rename", path: from) }
    }

    /// The same, unless the name is there already: then nothing happens, and false is returned. renameat2(2); where the file system doesn't know
    /// of that, a look before the rename, and a name that is made between them is replaced.
    public static func rename(_ from: String, toNew name: String) throws(SystemError) -> Bool {
        if floyd_rename_new(from, name) == 0 { return true }
        switch errno {
        case EEXIST:
            return false
        case EINVAL, ENOSYS:
            if try FileStatus.of(name) != nil { return false }
            try rename(from, to: name)
            return true
        default:
            throw SystemError("rename", path: from)
        }
    }

    /// Gives the file one more name, which must be new. link(2).
    public static func link(_ file: String, to name: String) throws(SystemError) {
        guard Glibc.link(file, name) == 0 else { throw SystemError("link", path: name) }
    }

    /// The names in the folder, unsorted, as bytes: they need not be UTF-8.
    public static func rawNames(in folder: borrowing FileDescriptor) throws(SystemError) -> [[UInt8]] {
        // A stream of its own: fdopendir takes the descriptor over, and its position is shared with duplicates.
        let copy = try folder.open(".", O_RDONLY | O_DIRECTORY).release()
        guard let stream = fdopendir(copy) else {
            let error = SystemError("opendir")
            close(copy)
            throw error
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SystemError("readdir") }
                return names
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: UInt8.self, capacity: 256) { first in
                    Array(
                        UnsafeBufferPointer(
                            start: first,
                            count: strnlen(UnsafeRawPointer(first).assumingMemoryBound(to: CChar.self), 256)
                        )
                    )
                }
            }
            if name != [UInt8(ascii: ".")] && name != [UInt8(ascii: "."), UInt8(ascii: ".")] { names.append(name) }
        }
    }

    /// The names in the folder that are UTF-8, sorted. An absent folder has none.
    public static func names(in path: String) throws(SystemError) -> [String] {
        guard try FileStatus.of(path, followingLinks: true) != nil else { return [] }
        let folder = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
        return try rawNames(in: folder).compactMap { String(validating: $0, as: UTF8.self) }.sorted()
    }

    /// Removes the file, or the folder with all that is in it. No link is followed, also when somebody swaps a folder for one
    /// meanwhile; what is absent is fine. A crash in the middle leaves a part, and removing again removes that.
    ///
    /// - Parameter isWanted: asked before each file; the rest stays when it isn't any more.
    public static func removeTree(_ path: String, while isWanted: () -> Bool = { true }) throws(SystemError) {
        var removal = try TreeRemoval(in: FileDescriptor.open(parent(of: path) ?? ".", O_RDONLY | O_DIRECTORY))
        try removal.remove(Array(path.utf8.reversed().prefix { $0 != UInt8(ascii: "/") }.reversed()), while: isWanted)
    }
}
