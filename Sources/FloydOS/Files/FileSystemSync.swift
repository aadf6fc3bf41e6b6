internal import CFloydLinux
internal import Glibc

/// Brings what is written to a file system from now on to the disk.
///
/// To be made before the writing: the kernel tells each descriptor once of every write that failed since it was opened (syncfs(2), errseq), but one
/// that is opened later nothing of what somebody else was told of already. That would take lost bytes for safe.
public struct FileSystemSync: ~Copyable, Sendable {
    private let path: String
    private let folder: FileDescriptor

    /// - Parameter path: a folder or file of the file system.
    public init(of path: String) throws(SystemError) {
        self.path = path
        folder = try FileDescriptor.open(path, O_RDONLY)
    }

    /// syncfs(2): everything written so far is on the disk when this returns.
    ///
    /// - Throws: `SystemError` where some of it isn't, maybe of somebody else.
    public borrowing func run() throws(SystemError) {
        guard floyd_syncfs(folder.raw) == 0 else { throw SystemError("syncfs", path: path) }
    }
}
