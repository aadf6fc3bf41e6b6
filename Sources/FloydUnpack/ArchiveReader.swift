internal import CArchive
internal import FloydFrames
internal import Glibc

/// The archive on standard input, as libarchive reads it: tar in all its dialects, as it is or in one layer of gzip, zstd, bzip2 or xz; and zip. What else
/// the library knows is not switched on.
struct ArchiveReader: ~Copyable {
    private let archive: OpaquePointer
    /// What the library reads in place of standard input; nil: that itself.
    private let feed: Feed?
    /// For the holes of sparse files.
    private static let zeros = [UInt8](repeating: 0, count: 1 << 16)
    private static let blockSize = 1 << 18

    /// An input that a C function's argument can point to.
    private final class Feed {
        let input: any CompressedInput

        init(_ input: any CompressedInput) {
            self.input = input
        }
    }

    private init(owning archive: OpaquePointer, from feed: Feed?) {
        self.archive = archive
        self.feed = feed
    }

    static func open() throws(UnpackProblem) -> ArchiveReader {
        let input = try Compression.ofInput()?.open()
        guard let archive = archive_read_new() else { throw UnpackProblem(.memory, "there is no memory") }
        let reader = ArchiveReader(owning: archive, from: input.map(Feed.init))
        let results = [
            archive_read_support_format_tar(archive),
            // By its directory at the end, which alone knows modes and links.
            archive_read_support_format_zip_seekable(archive),
            archive_read_support_filter_gzip(archive),
            archive_read_support_filter_zstd(archive),
            archive_read_support_filter_bzip2(archive),
            archive_read_support_filter_xz(archive),
        ]
        // A warning: the library would run a program for it.
        guard results.allSatisfy({ $0 == ARCHIVE_OK }) else {
            throw UnpackProblem(.surroundings, "this libarchive was built without gzip, zstd, bzip2 or xz")
        }
        return reader
    }

    deinit {
        archive_read_free(archive)
    }

    /// Says every entry and its bytes, and the end.
    ///
    /// - Throws: `UnpackProblem`, or `FrameOutput.Closed`.
    func forEachEntry(to output: inout FrameOutput) throws {
        guard openInput() == ARCHIVE_OK else { throw problem(isFirst: true) }
        var count: Int64 = 0
        var end: Int64 = 0
        while let entry = try nextHeader(isFirst: count == 0) {
            if count == 0 { try checkLayers() }
            let said = try described(entry)
            try output.append(said)
            count += 1
            if said.kind == .file && said.size > 0 { try sendData(of: said, to: &output) }
            guard archive_read_data_skip(archive) >= ARCHIVE_WARN else { throw problem() }
            end = archive_filter_bytes(archive, 0)
        }
        if archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_TAR {
            // A tar ends with NUL blocks (POSIX.1, pax, "ustar Interchange Format"). libarchive also takes the end of the bytes, where one that was cut
            // between two entries would look whole.
            guard archive_filter_bytes(archive, 0) > end else {
                throw UnpackProblem(.damaged, "it ends without the mark that ends a tar: a part is missing")
            }
        }
        try readToEnd()
        output.appendEnd(entries: count)
    }

    private func openInput() -> Int32 {
        guard let feed else { return archive_read_open_fd(archive, 0, Self.blockSize) }
        return archive_read_open(
            archive,
            Unmanaged.passUnretained(feed).toOpaque(),
            nil,
            { _, feed, start in
                guard let feed, let start else { return -1 }
                let input = Unmanaged<Feed>.fromOpaque(feed).takeUnretainedValue().input
                let bytes = input.next()
                start.pointee = bytes.baseAddress
                return input.problem == nil ? bytes.count : -1
            },
            nil
        )
    }

    private func readToEnd() throws(UnpackProblem) {
        guard let feed else { return }
        while !feed.input.next().isEmpty {}
        if let problem = feed.input.problem { throw problem }
    }

    /// nil at the end.
    private func nextHeader(isFirst: Bool) throws(UnpackProblem) -> OpaquePointer? {
        var entry: OpaquePointer?
        switch archive_read_next_header(archive, &entry) {
        case ARCHIVE_OK: return entry
        case ARCHIVE_EOF: return nil
        // What the library could not make sense of it would guess.
        default: throw problem(isFirst: isFirst)
        }
    }

    /// Compressions that are recognised, and the file itself.
    private var layers: Int32 { archive_filter_count(archive) + (feed == nil ? 0 : 1) }

    private func checkLayers() throws(UnpackProblem) {
        // The last one is the file itself.
        guard layers <= 2 else { throw UnpackProblem.severalLayers }
    }

    private func described(_ entry: OpaquePointer) throws(UnpackProblem) -> UnpackedEntry {
        guard let path = archive_entry_pathname(entry) else {
            throw UnpackProblem(.damaged, "an entry has no name that could be read")
        }
        let name = try Self.bytes(path)
        guard archive_entry_is_encrypted(entry) == 0 else {
            throw UnpackProblem(.unsupported, "\(String(decoding: name, as: UTF8.self)) is encrypted")
        }
        let mode = UInt32(archive_entry_mode(entry) & 0o7777)
        if let target = archive_entry_hardlink(entry) {
            return UnpackedEntry(kind: .hardLink, mode: mode, path: name, target: try Self.bytes(target))
        }
        let kind = Self.kind(archive_entry_filetype(entry))
        switch kind {
        case .file:
            guard archive_entry_size_is_set(entry) != 0, archive_entry_size(entry) >= 0 else {
                throw UnpackProblem(.unsupported, "\(String(decoding: name, as: UTF8.self)) has no size")
            }
            return UnpackedEntry(kind: .file, mode: mode, size: archive_entry_size(entry), path: name)
        case .link:
            let target = try archive_entry_symlink(entry).map(Self.bytes) ?? []
            return UnpackedEntry(kind: .link, mode: mode, path: name, target: target)
        default:
            return UnpackedEntry(kind: kind, mode: mode, path: name)
        }
    }

    private static func kind(_ type: mode_t) -> UnpackedEntry.Kind {
        switch type {
        case S_IFREG: .file
        case S_IFDIR: .folder
        case S_IFLNK: .link
        case S_IFIFO: .fifo
        case S_IFSOCK: .socket
        case S_IFCHR: .characterDevice
        case S_IFBLK: .blockDevice
        default: .other
        }
    }

    private static func bytes(_ name: UnsafePointer<CChar>) throws(UnpackProblem) -> [UInt8] {
        let length = strlen(name)
        guard length <= Frame.maximumName else {
            throw UnpackProblem(.damaged, "an entry has a name of \(length) bytes")
        }
        return Array(UnsafeRawBufferPointer(start: name, count: length))
    }

    /// Sends exactly as many bytes as the entry says, NUL where the archive has none.
    private func sendData(of entry: UnpackedEntry, to output: inout FrameOutput) throws {
        var sent: Int64 = 0
        while true {
            var start: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let result = archive_read_data_block(archive, &start, &count, &offset)
            if result == ARCHIVE_EOF { break }
            guard result == ARCHIVE_OK else { throw problem() }
            if count == 0 { continue }
            guard offset >= sent, offset <= entry.size, Int64(count) <= entry.size - offset else {
                throw UnpackProblem(
                    .damaged,
                    "\(String(decoding: entry.path, as: UTF8.self)) has not the size that the archive says"
                )
            }
            try sendZeros(offset - sent, to: &output)
            try output.append(data: UnsafeRawBufferPointer(start: start, count: count))
            sent = offset + Int64(count)
        }
        try sendZeros(entry.size - sent, to: &output)
    }

    private func sendZeros(_ count: Int64, to output: inout FrameOutput) throws(FrameOutput.Closed) {
        var rest = count
        while rest > 0 {
            let piece = Int(min(rest, Int64(Self.zeros.count)))
            let result: Result<Void, FrameOutput.Closed> = Self.zeros.withUnsafeBytes { zeros in
                Result { () throws(FrameOutput.Closed) in
                    try output.append(data: UnsafeRawBufferPointer(rebasing: zeros.prefix(piece)))
                }
            }
            try result.get()
            rest -= Int64(piece)
        }
    }

    /// What the library says went wrong.
    private func problem(isFirst: Bool = false) -> UnpackProblem {
        if let problem = feed?.input.problem { return problem }
        let text = archive_error_string(archive).map { String(cString: $0) } ?? "the archive can't be read"
        if archive_errno(archive) == ENOMEM { return UnpackProblem(.memory, text) }
        if archive_errno(archive) == EIO { return UnpackProblem(.surroundings, text) }
        // What is compressed was recognised that far.
        let isUnknown = isFirst && archive_format(archive) == 0 && layers < 2
        return UnpackProblem(isUnknown ? .unrecognised : .damaged, text)
    }
}
