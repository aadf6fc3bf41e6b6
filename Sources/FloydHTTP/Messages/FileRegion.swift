import Glibc

/// An open file that answers are sent from, in one or in many: its descriptor is closed when it is let go.
public final class SentFile: Sendable {
    /// Only read while the file lives, so that it is never another one's.
    let descriptor: Int32

    /// Takes over `descriptor`, which has to be readable and of a regular file. Where it stands in the file doesn't matter.
    public init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }
}

/// A part of an open file.
public final class FileRegion: Sendable {
    public let offset: Int64
    public let length: Int64
    private let file: SentFile

    var descriptor: Int32 { file.descriptor }

    public init(_ file: SentFile, offset: Int64 = 0, length: Int64) {
        self.file = file
        self.offset = max(0, offset)
        self.length = max(0, length)
    }

    /// A part of a file that nobody else is sent: takes over `descriptor`.
    public convenience init(descriptor: Int32, offset: Int64 = 0, length: Int64) {
        self.init(SentFile(owning: descriptor), offset: offset, length: length)
    }
}
