import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A folder that is held open, so that what is asked about its names can't be led elsewhere by a rename above it.
struct OpenFolder: ~Copyable {
    private let descriptor: Int32

    /// The top: a link to a folder is followed here, and nowhere else.
    init(path: String) throws(FloydError) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LocalFileError.reading(path, errno) }
    }

    init(name: String, in parent: borrowing OpenFolder, path: String) throws(FloydError) {
        descriptor = openat(parent.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw LocalFileError.reading(path, errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The folder's names, in their order.
    func names(shown path: String) throws(FloydError) -> FolderNames {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw LocalFileError.reading(path, errno) }
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            throw LocalFileError.reading(path, code)
        }
        defer { closedir(stream) }
        var names = FolderNames()
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw LocalFileError.reading(path, errno) }
                names.sort()
                return names
            }
            let type = Int32(entry.pointee.d_type)
            let canBeFolder = type == Int32(DT_DIR) || type == Int32(DT_UNKNOWN)
            withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                let start = UnsafeRawPointer(pointer)
                let length = strlen(start.assumingMemoryBound(to: CChar.self))
                let name = UnsafeRawBufferPointer(start: start, count: length)
                let isOfAll = name.elementsEqual([0x2E]) || name.elementsEqual([0x2E, 0x2E])
                if !isOfAll { names.append(name, canBeFolder: canBeFolder) }
            }
        }
    }

    /// nil where the name is gone since it was listed.
    func status(of name: String, path: String) throws(FloydError) -> stat? {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) != 0 else { return status }
        if errno == ENOENT { return nil }
        throw LocalFileError.reading(path, errno)
    }

    /// - Parameter hash: a file's hash, if it is known from when the file was read.
    func entry(name: String, path: String, _ status: stat, hash: ContentHash?) throws(FloydError) -> ManifestEntry {
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            if hash == nil, !Self.isOwnReadable(status), faccessat(descriptor, name, R_OK, 0) != 0 {
                throw LocalFileError.reading(path, errno)
            }
            return ManifestEntry(
                path: path,
                kind: .file,
                executable: status.st_mode & S_IXUSR != 0,
                size: Int64(status.st_size),
                hash: hash
            )
        case S_IFDIR: return ManifestEntry(path: path, kind: .dir)
        case S_IFLNK:
            let target = try target(of: name, path: path)
            try TreePath.check(target: target, ofLinkAt: path)
            return ManifestEntry(path: path, kind: .link, target: target)
        case S_IFIFO: throw LocalFileError.refused(path, "is a FIFO, not a file")
        case S_IFSOCK: throw LocalFileError.refused(path, "is a socket, not a file")
        default: throw LocalFileError.refused(path, "is a device, not a file")
        }
    }

    private static let user = geteuid()

    /// Whether the mode alone says that it can be read: then nobody need be asked.
    private static func isOwnReadable(_ status: stat) -> Bool {
        status.st_uid == user && status.st_mode & S_IRUSR != 0
    }

    private func target(of name: String, path: String) throws(FloydError) -> String {
        let capacity = TreePath.maximumTargetLength + 1
        var length = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            length = buffer.withMemoryRebound(to: CChar.self) { chars in
                guard let start = chars.baseAddress else { return -1 }
                return readlinkat(descriptor, name, start, capacity)
            }
            count = max(0, length)
        }
        guard length >= 0 else { throw LocalFileError.reading(path, errno) }
        guard let target = String(validating: bytes, as: UTF8.self) else {
            throw LocalFileError.refused(path, "is a link to a name that is not UTF-8")
        }
        return target
    }
}
