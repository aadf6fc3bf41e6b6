import FloydClient
import FloydModel

/// A spool file as the bytes of a request. Nothing is appended to it any more.
final class SpoolSource: ByteSource {
    private let file: SpoolFile
    private var position: Int64 = 0

    init(_ file: SpoolFile) {
        self.file = file
    }

    var length: Int64 { file.count }

    func seek(to offset: Int64) {
        position = offset
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FloydError) -> Int {
        let count = try file.read(into: buffer, at: position)
        position += Int64(count)
        return count
    }

    /// Writes all of it to a file; false where that can't be done.
    func copy(to descriptor: Int32) throws(FloydError) -> Bool {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { buffer.deallocate() }
        var done: Int64 = 0
        while done < length {
            let count = try file.read(into: buffer, at: done)
            guard count > 0, LocalFile.writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: descriptor)
            else {
                return false
            }
            done += Int64(count)
        }
        return true
    }
}
