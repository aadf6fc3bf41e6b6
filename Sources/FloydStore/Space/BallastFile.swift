import FloydOS
import Glibc

/// A file that is nothing but room taken.
enum BallastFile {
    static func draft(of path: String) -> String { path + ".tmp" }

    /// Makes the file, for the service alone, with all its room, or throws and leaves none. Not synced: one that an outage took is made again.
    static func make(_ path: String, size: Int64) throws(SystemError) {
        let draft = draft(of: path)
        do throws(SystemError) {
            let file = try FileDescriptor.open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
            try file.changeMode(0o600)
            try file.allocate(size)
            try file.truncate(to: size)
            if allocated(draft) < size { try fill(file, size) }
            try file.close()
            try Folder.rename(draft, to: path)
        } catch {
            _ = unlink(draft)
            throw error
        }
    }

    /// Bytes of the disk that the file takes, which a copy of it, or a file system that can't promise room, may have fewer of than its size.
    static func allocated(_ path: String) -> Int64 {
        var status = stat()
        return lstat(path, &status) == 0 ? Int64(status.st_blocks) * 512 : 0
    }

    /// Takes the room on a file system that promises none: with bytes that it can't press together.
    private static func fill(_ file: borrowing FileDescriptor, _ size: Int64) throws(SystemError) {
        var generator = SystemRandomNumberGenerator()
        let piece = (0..<(1 << 17)).flatMap { _ in withUnsafeBytes(of: generator.next() as UInt64) { Array($0) } }
        var offset: Int64 = 0
        while offset < size {
            let count = min(Int64(piece.count), size - offset)
            try file.write(all: count == piece.count ? piece : Array(piece[..<Int(count)]), at: offset)
            offset += count
        }
        // What a write only noted may still be refused.
        try file.synchronize()
    }
}
