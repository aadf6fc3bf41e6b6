internal import CArchive
internal import CZlib
internal import FloydFrames
internal import Glibc

/// What is in the compressed file on standard input, read to its very end: what proves the bytes stands behind them, and a tar has no checks of its own for what
/// its files hold. Whoever reads a tar through libarchive's filters alone stops at the tar's end, and gets to those checks or not.
protocol CompressedInput: AnyObject {
    /// The next bytes, until it is called again; none at the end, or where `problem` says why there are no more.
    func next() -> UnsafeRawBufferPointer
    var problem: UnpackProblem? { get }
}

/// How standard input, which must be a file, is compressed.
enum Compression {
    case gzip
    /// What libarchive reads and checks by itself.
    case filtered

    /// nil: not, or in a way that is for the library to refuse.
    static func ofInput() -> Compression? {
        var magic = [UInt8](repeating: 0, count: 6)
        magic.removeLast(magic.count - max(0, pread(0, &magic, magic.count, 0)))
        if magic.starts(with: [0x1F, 0x8B]) { return .gzip }
        let others: [[UInt8]] = [[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], [0x28, 0xB5, 0x2F, 0xFD], Array("BZh".utf8)]
        return others.contains(where: magic.starts) ? .filtered : nil
    }

    /// - Throws: `UnpackProblem` with `memory`.
    func open() throws(UnpackProblem) -> any CompressedInput {
        let input: (any CompressedInput)? = self == .gzip ? GzipInput() : FilteredInput()
        guard let input else { throw UnpackProblem(.memory, "there is no memory") }
        return input
    }
}

extension UnpackProblem {
    static var severalLayers: UnpackProblem { UnpackProblem(.unsupported, "it is compressed more than once") }
}

/// gzip, read by zlib, which holds the bytes against their length and the CRC behind them (RFC 1952, section 2.3.1). libarchive skips both.
final class GzipInput: CompressedInput {
    private static let bufferSize = 1 << 18
    private let file: gzFile
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 64)
    private(set) var problem: UnpackProblem?

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

    func next() -> UnsafeRawBufferPointer {
        let count = problem == nil ? gzread(file, buffer.baseAddress, UInt32(buffer.count)) : 0
        var code: Int32 = 0
        let text = gzerror(file, &code).map { String(cString: $0) } ?? ""
        // One that is cut short gives what there is of it, and says so beside.
        if count < 0 || code != Z_OK && code != Z_STREAM_END { problem = problem ?? Self.problem(code, text) }
        return UnsafeRawBufferPointer(rebasing: buffer[..<max(0, Int(count))])
    }

    private static func problem(_ code: Int32, _ text: String) -> UnpackProblem {
        // zlib begins with what it takes for the file's name.
        let reason = text.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? "error \(code)"
        switch code {
        case Z_ERRNO: return UnpackProblem(.surroundings, "it can't be read: \(reason)")
        case Z_MEM_ERROR: return UnpackProblem(.memory, reason)
        default: return UnpackProblem(.damaged, "its gzip is damaged: \(reason)")
        }
    }
}

/// zstd, bzip2 or xz, as libarchive reads them.
final class FilteredInput: CompressedInput {
    private static let bufferSize = 1 << 18
    private let archive: OpaquePointer
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 64)
    private var isOpen = false
    private(set) var problem: UnpackProblem?

    init?() {
        guard let archive = archive_read_new() else {
            buffer.deallocate()
            return nil
        }
        self.archive = archive
        archive_read_support_format_raw(archive)
        archive_read_support_filter_zstd(archive)
        archive_read_support_filter_bzip2(archive)
        archive_read_support_filter_xz(archive)
    }

    deinit {
        archive_read_free(archive)
        buffer.deallocate()
    }

    func next() -> UnsafeRawBufferPointer {
        let count = problem == nil && open() ? archive_read_data(archive, buffer.baseAddress, buffer.count) : 0
        if count < 0 { problem = currentProblem }
        return UnsafeRawBufferPointer(rebasing: buffer[..<max(0, count)])
    }

    /// False where nothing is in it, too.
    private func open() -> Bool {
        if isOpen { return true }
        var entry: OpaquePointer?
        guard archive_read_open_fd(archive, 0, Self.bufferSize) == ARCHIVE_OK else {
            problem = currentProblem
            return false
        }
        switch archive_read_next_header(archive, &entry) {
        case ARCHIVE_OK where archive_filter_count(archive) > 2: problem = .severalLayers
        case ARCHIVE_OK: isOpen = true
        case ARCHIVE_EOF: break
        default: problem = currentProblem
        }
        return isOpen
    }

    private var currentProblem: UnpackProblem {
        let text = archive_error_string(archive).map { String(cString: $0) } ?? "it can't be read"
        switch archive_errno(archive) {
        case ENOMEM: return UnpackProblem(.memory, text)
        case EIO: return UnpackProblem(.surroundings, text)
        default: return UnpackProblem(.damaged, text)
        }
    }
}
