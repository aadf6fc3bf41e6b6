import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The errors of local files, each of which names the file.
enum LocalFileError {
    static func reading(_ path: String, _ code: Int32) -> FloydError {
        FloydError(
            .localFile,
            "\(TreePath.quoted(path)) can't be read: \(String(cString: strerror(code)))",
            hint: "Make it readable, or leave it out with a line in .floydignore."
        )
    }

    static func notRegular(_ path: String) -> FloydError {
        FloydError(.localFile, "\(TreePath.quoted(path)) is not a regular file")
    }

    static func changed(_ path: String) -> FloydError {
        FloydError(
            .localFile,
            "\(TreePath.quoted(path)) changed while it was read",
            hint: "Wait until nothing writes to it, then try again."
        )
    }

    /// Something that has no place in a tree.
    static func refused(_ path: String, _ reason: String) -> FloydError {
        FloydError(
            .localFile,
            "\(TreePath.quoted(path)) \(reason)",
            hint: "Move it away, or leave it out with a line in .floydignore."
        )
    }
}
