import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads the small files that steer a project.
enum ProjectFolder {
    /// Bytes; such a file is written by hand.
    static let maximumSize = 1 << 20

    /// The bytes of the file at `path`; nil where there is none.
    ///
    /// - Parameter followsLinks: where false, a link counts as absent.
    /// - Throws: `FloydError` with `localFile`.
    static func read(_ path: String, followsLinks: Bool) throws(FloydError) -> [UInt8]? {
        // Non-blocking: a FIFO of that name must not hold up the caller.
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW)
        let descriptor = open(path, flags)
        guard descriptor >= 0 else {
            if [ENOENT, ENOTDIR].contains(errno) || (errno == ELOOP && !followsLinks) { return nil }
            throw failure(path, String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw failure(path, "it is not a regular file")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Self.read(descriptor, into: &buffer)
            if count == 0 { return bytes }
            guard count > 0 else { throw failure(path, String(cString: strerror(errno))) }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= maximumSize else { throw failure(path, "it has more than \(maximumSize) bytes") }
        }
    }

    private static func read(_ descriptor: Int32, into buffer: inout [UInt8]) -> Int {
        while true {
            let count = buffer.withUnsafeMutableBytes {
                #if canImport(Darwin)
                    Darwin.read(descriptor, $0.baseAddress, $0.count)
                #elseif canImport(Musl)
                    Musl.read(descriptor, $0.baseAddress, $0.count)
                #else
                    Glibc.read(descriptor, $0.baseAddress, $0.count)
                #endif
            }
            if count >= 0 || errno != EINTR { return count }
        }
    }

    private static func failure(_ path: String, _ reason: String) -> FloydError {
        FloydError(.localFile, "\(path) can't be read: \(reason)")
    }
}
