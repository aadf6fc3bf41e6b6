internal import CZlib
internal import Glibc

/// What is in gzip on standard input, read by zlib, which holds it against the length and the CRC at its end (RFC 1952, section 2.3.1). libarchive skips them, and a
/// tar has no checks of its own for what its files hold.
final class GzipInput {
    private static let bufferSize = 1 << 18
    private let file: gzFile
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 64)
    /// What zlib said of the bytes that it didn't take.
    private(set) var failure: String?

    /// Whether standard input, which must be a file, is gzip.
    static var isThere: Bool {
        var magic: [UInt8] = [0, 0]
        return pread(0, &magic, magic.count, 0) == magic.count && magic == [0x1F, 0x8B]
    }

    /// nil: there is no memory.
    init?() {
        guard let file = gzdopen(0, "r") else {
            buffer.deallocate()
            return nil
        }
        self.file = file
    }

    deinit {
        gzclose(file)
        buffer.deallocate()
    }

    /// The next bytes, until it is called again; none at the end, or where `failure` says why there are no more.
    func next() -> UnsafeRawBufferPointer {
        let count = failure == nil ? gzread(file, buffer.baseAddress, UInt32(buffer.count)) : 0
        var code: Int32 = 0
        let text = gzerror(file, &code)
        // One that is cut short gives what there is of it, and says so beside.
        if count < 0 || code != Z_OK && code != Z_STREAM_END {
            failure = text.map { String(cString: $0) } ?? "error \(code)"
        }
        return UnsafeRawBufferPointer(rebasing: buffer[..<max(0, Int(count))])
    }
}
