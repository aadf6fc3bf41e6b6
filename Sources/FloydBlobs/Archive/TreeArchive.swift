public import FloydModel
import FloydOS
import FloydTree

/// A tree of the store as one file. The same tree at the same time gives the same bytes.
public struct TreeArchive: ByteProducer, ~Copyable {
    /// A zip keeps a directory of all entries in memory until its end; beyond this there is tar.
    public static let maximumZipEntries = 250_000

    private struct Entries: ArchiveSource, ~Copyable {
        let store: BlobStore
        var cursor: ManifestCursor
        let modified: Int64

        mutating func next() throws(FloydError) -> ArchiveItem? {
            guard let entry = try cursor.next() else { return nil }
            guard entry.kind == .file, entry.size > 0 else { return ArchiveItem(entry: entry, modified: modified) }
            return ArchiveItem(entry: entry, modified: modified, content: try store.openFile(entry))
        }
    }

    private var stream: ArchiveStream<Entries>

    /// - Parameter modified: the time that all entries get, in seconds since 1970.
    /// - Throws: `FloydError` with `notFound` where there is no such tree.
    public init(
        _ digest: [UInt8],
        as format: ArchiveFormat,
        modified: Int64,
        in store: BlobStore
    ) throws(FloydError) {
        let entries = Entries(store: store, cursor: try store.cursor(of: digest), modified: modified)
        stream = try ArchiveStream(format, of: entries)
    }

    /// The next bytes, or nil behind the last.
    ///
    /// - Throws: `FloydError` with `internalError` where a content is damaged.
    public mutating func next() throws(FloydError) -> [UInt8]? {
        try stream.next()
    }
}
