import FloydModel
import FloydOS
import FloydTree
import Glibc

/// A manifest on disk, as this store wrote it.
enum ManifestFile {
    /// Calls `body` for each entry with its line number.
    static func forEachEntry(
        at path: String,
        _ body: (ManifestEntry, Int) throws(FloydError) -> Void
    ) throws(FloydError) {
        let file = try storing { () throws(SystemError) in try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW) }
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
        defer { piece.deallocate() }
        var reader = ManifestReader()
        while true {
            let count = try storing { () throws(SystemError) in try file.read(into: piece) }
            if count == 0 { return try reader.finish(body) }
            try reader.feed(UnsafeRawBufferPointer(rebasing: piece[..<count]), body)
        }
    }

    /// The entry whose line begins at byte `start`.
    static func entry(at start: Int64, in path: String) throws(FloydError) -> ManifestEntry {
        var bytes = [UInt8](repeating: 0, count: 1 << 17)
        let result: Result<Int, SystemError> = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(SystemError) in
                try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW).read(into: buffer, at: start)
            }
        }
        let count = try storing { () throws(SystemError) in try result.get() }
        return try ManifestCoding.entry(line: Array(bytes[..<count].prefix { $0 != 0x0A }))
    }
}
