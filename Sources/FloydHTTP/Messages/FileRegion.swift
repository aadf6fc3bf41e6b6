import Glibc

/// A part of an open file, which owns the descriptor: it is closed when the region is let go.
public final class FileRegion: Sendable {
    public let offset: Int64
    public let length: Int64
    /// Only read while the region lives, so that it is never another file's.
    let descriptor: Int32

    /// Takes over `descriptor`, which has to be readable and of a regular file.
    public init(descriptor: Int32, offset: Int64 = 0, length: Int64) {
        self.descriptor = descriptor
        self.offset = max(0, offset)
        self.length = max(0, length)
    }

    deinit {
        close(descriptor)
    }
}
