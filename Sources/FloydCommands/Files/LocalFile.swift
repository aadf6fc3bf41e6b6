import FloydModel

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Small files of the client's own, and the flaws of others in words.
enum LocalFile {
    private static let maximumSize = 1 << 20

    /// The content of the file at `path`, or nil if there is none.
    ///
    /// - Parameter limit: how many bytes it may have.
    static func read(_ path: String, limit: Int = maximumSize) throws(FloydError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw flaw("can't read", path)
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        // Large ones are read in large pieces.
        var status = stat()
        let size = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
        while content.count <= limit {
            var count = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: max(1 << 14, min(size, 1 << 20))) { buffer, filled in
                count = systemRead(descriptor, UnsafeMutableRawBufferPointer(buffer))
                filled = max(0, count)
            }
            guard count >= 0 else { throw flaw("can't read", path) }
            if count == 0 { return content }
            content += chunk
        }
        throw FloydError(.localFile, "\(path) is too large for what it should be")
    }

    /// Puts `content` at `path` as a whole: a crash leaves the old file or the new one, and perhaps a temporary file beside it.
    static func write(_ content: [UInt8], to path: String, mode: mode_t) throws(FloydError) {
        try write(to: path, mode: mode) { descriptor in content.withUnsafeBytes { writeAll($0, to: descriptor) } }
    }

    /// The same of what `body` writes to the descriptor; where that is not all, it says false.
    ///
    /// - Parameter isDurable: false: after a crash of the machine the new file may have anything in it.
    static func write(
        to path: String,
        mode: mode_t,
        durably isDurable: Bool = true,
        _ body: (Int32) throws(FloydError) -> Bool
    ) throws(FloydError) {
        let temporary = "\(path).\(getpid()).tmp"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw flaw("can't write", path) }
        var isWhole: Bool
        do throws(FloydError) {
            isWhole = try body(descriptor)
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        isWhole = isWhole && (!isDurable || fsync(descriptor) == 0)
        isWhole = close(descriptor) == 0 && isWhole
        guard isWhole, rename(temporary, path) == 0 else {
            let error = flaw("can't write", path)
            unlink(temporary)
            throw error
        }
    }

    /// Whether something is at `path`, a dangling link included.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Whether a folder is at `path`, or a link to one.
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes the folder `path` and those above it; what exists stays as it is.
    static func makeFolder(_ path: String, mode: mode_t) throws(FloydError) {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw FloydError(.localFile, "\(path) is not a folder")
            }
            return
        }
        let parent = Self.parent(of: path)
        if parent != path { try makeFolder(parent, mode: mode) }
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw flaw("can't make the folder", path) }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Gives `body` the bytes of an open file from where it stands.
    ///
    /// - Parameter limit: how many at most.
    /// - Returns: how many came; nil where they can't be read, and `errno` says why.
    static func read(_ descriptor: Int32, upTo limit: Int64, _ body: (UnsafeRawBufferPointer) -> Void) -> Int64? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { buffer.deallocate() }
        var done: Int64 = 0
        while done < limit {
            let wanted = Int(min(limit - done, Int64(buffer.count)))
            let count = systemRead(descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
            if count < 0 { return nil }
            if count == 0 { break }
            body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            done += Int64(count)
        }
        return done
    }

    static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: rest))
            if written < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest[(rest.startIndex + written)...]
        }
        return true
    }

    /// The error that `errno` says happened when `action` met `path`.
    static func flaw(_ action: String, _ path: String) -> FloydError {
        let reason = String(cString: strerror(errno))
        return FloydError(.localFile, "\(action) \(path): \(reason)")
    }
}

// Free of the scope of a type whose own `open`, `read` and `write` would hide them.

func systemOpen(_ path: String, _ flags: Int32) -> Int32 {
    open(path, flags)
}

func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count >= 0 || errno != EINTR { return count }
    }
}

func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
