import CArchive
import FloydModel
import FloydTree
import Glibc

/// Writes an archive through libarchive(3), into memory that its owner empties between calls.
struct ArchiveWriter: ~Copyable, Sendable {
    /// Where libarchive leaves what it has written.
    private final class Output {
        var bytes: [UInt8] = []
    }

    /// Owned by this value alone (it can't be copied), so it is never used by two threads at once.
    nonisolated(unsafe) private let archive: OpaquePointer
    nonisolated(unsafe) private let output: Output

    /// - Throws: `FloydError` with `internalError` where libarchive can't be set up.
    init(_ format: ArchiveFormat) throws(FloydError) {
        let output = Output()
        self.archive = try Self.opened(format, output)
        self.output = output
    }

    private static func opened(_ format: ArchiveFormat, _ output: Output) throws(FloydError) -> OpaquePointer {
        guard let archive = archive_write_new() else {
            throw FloydError(.internalError, "libarchive could not be set up")
        }
        do throws(FloydError) {
            try UTF8Locale.with { () throws(FloydError) in try open(archive, format, output) }
        } catch {
            archive_write_free(archive)
            throw error
        }
        return archive
    }

    private static func open(
        _ archive: OpaquePointer,
        _ format: ArchiveFormat,
        _ output: Output
    ) throws(FloydError) {
        switch format {
        case .tar:
            try check(archive_write_set_format_pax_restricted(archive), archive)
        case .zip:
            try check(archive_write_set_format_zip(archive), archive)
            try check(archive_write_zip_set_compression_store(archive), archive)
        }
        // No padding to tape blocks: what is written comes out at once.
        try check(archive_write_set_bytes_per_block(archive, 0), archive)
        let result = archive_write_open(
            archive,
            Unmanaged.passUnretained(output).toOpaque(),
            nil,
            { _, context, bytes, count in
                guard let context else { return -1 }
                let output = Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
                output.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
                return count
            },
            nil
        )
        try check(result, archive)
    }

    deinit {
        // One that isn't finished needs no end.
        archive_write_fail(archive)
        archive_write_free(archive)
        withExtendedLifetime(output) {}
    }

    /// Bytes that are written and not taken.
    var pending: Int { output.bytes.count }

    /// What was written since the last time.
    mutating func takeOutput() -> [UInt8] {
        let bytes = output.bytes
        output.bytes = []
        return bytes
    }

    /// Begins an entry; exactly `entry.size` bytes of content are to follow.
    ///
    /// - Parameter modified: seconds since 1970.
    mutating func begin(_ entry: ManifestEntry, modified: Int64) throws(FloydError) {
        guard let header = archive_entry_new() else { throw FloydError(.internalError, "there is no memory left") }
        defer { archive_entry_free(header) }
        archive_entry_set_pathname(header, entry.path)
        archive_entry_set_mtime(header, time_t(modified), 0)
        switch entry.kind {
        case .dir:
            archive_entry_set_filetype(header, FileType.folder)
            archive_entry_set_perm(header, 0o755)
        case .link:
            archive_entry_set_filetype(header, FileType.link)
            archive_entry_set_symlink(header, entry.target ?? "")
            archive_entry_set_perm(header, 0o777)
        case .file:
            archive_entry_set_filetype(header, FileType.regular)
            archive_entry_set_perm(header, entry.executable ? 0o755 : 0o644)
            archive_entry_set_size(header, entry.size)
        }
        try UTF8Locale.with { () throws(FloydError) in try Self.check(archive_write_header(archive, header), archive) }
    }

    /// The next bytes of the entry's content.
    mutating func append(_ bytes: [UInt8]) throws(FloydError) {
        let written = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
        guard written == bytes.count else { throw Self.flaw(of: archive) }
    }

    /// Ends the archive.
    mutating func finish() throws(FloydError) {
        try UTF8Locale.with { () throws(FloydError) in try Self.check(archive_write_close(archive), archive) }
    }

    private static func check(_ result: Int32, _ archive: OpaquePointer) throws(FloydError) {
        guard result == ARCHIVE_OK else { throw flaw(of: archive) }
    }

    private static func flaw(of archive: OpaquePointer) -> FloydError {
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
        return FloydError(.internalError, "the archive can't be written: \(reason)")
    }
}

/// Types of files as libarchive has them: the same numbers everywhere, whatever the system's are.
private enum FileType {
    static let regular: UInt32 = 0o100000
    static let folder: UInt32 = 0o040000
    static let link: UInt32 = 0o120000
}

/// The names in an archive are UTF-8, whatever the daemon was started with: libarchive takes a thread's locale for what they are in.
private enum UTF8Locale {
    /// Made once and never changed, so that threads may share it.
    nonisolated(unsafe) private static let locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)

    static func with(_ body: () throws(FloydError) -> Void) throws(FloydError) {
        guard let locale else { throw FloydError(.internalError, "this machine has no locale C.UTF-8") }
        let before = uselocale(locale)
        defer { uselocale(before) }
        try body()
    }
}
