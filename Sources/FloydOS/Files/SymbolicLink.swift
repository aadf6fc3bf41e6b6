internal import Glibc

/// Where symbolic links lead.
public enum SymbolicLink {
    /// The target of the link at `path`, relative to the open folder `folder`, as bytes: it need not be UTF-8. readlinkat(2).
    ///
    /// - Throws: `SystemError` with `EINVAL` where there is something else by now, with `ENAMETOOLONG` where it is longer than any path.
    public static func target(of path: String, in folder: Int32) throws(SystemError) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = target.withUnsafeMutableBytes { bytes in
            bytes.bindMemory(to: CChar.self).baseAddress.map { readlinkat(folder, path, $0, bytes.count) } ?? -1
        }
        guard count >= 0 else { throw SystemError("readlink", path: path) }
        guard count < target.count else { throw SystemError("readlink", path: path, code: ENAMETOOLONG) }
        return Array(target[..<count])
    }

    /// The same of a path of this process.
    public static func target(of path: String) throws(SystemError) -> [UInt8] {
        try target(of: path, in: AT_FDCWD)
    }
}
