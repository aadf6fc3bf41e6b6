import FloydModel
import FloydOS
import FloydTree

/// What goes into an archive, entry by entry.
protocol ArchiveSource: ~Copyable, Sendable {
    /// The next entry, or nil at the end.
    mutating func next() throws(FloydError) -> ArchiveItem?
}

/// An entry on its way into an archive.
struct ArchiveItem: ~Copyable, Sendable {
    var entry: ManifestEntry
    /// Seconds since 1970.
    var modified: Int64
    /// The content of a file that has one.
    var content: FileDescriptor?
}

/// An archive that is made while it is read. It holds a piece of it, whatever its length (of a zip also the directory that stands at its end: about
/// a hundred bytes for each entry). Calls block: `BlockingPool`.
struct ArchiveStream<Source: ArchiveSource & ~Copyable>: ~Copyable, Sendable {
    private var source: Source
    private var writer: ArchiveWriter
    private var content: FileDescriptor?
    private var offset: Int64 = 0
    private var end: Int64 = 0
    private var path = ""
    private var isOver = false

    private static var pieceLength: Int { 1 << 16 }

    init(_ format: ArchiveFormat, of source: consuming Source) throws(FloydError) {
        writer = try ArchiveWriter(format)
        self.source = source
    }

    /// The next bytes, or nil behind the last.
    ///
    /// - Throws: what the source throws, or `FloydError` with `conflict` where a file has become shorter than its header says.
    mutating func next() throws(FloydError) -> [UInt8]? {
        while writer.pending < Self.pieceLength, !isOver {
            if offset < end {
                try copyPiece()
            } else if let item = try source.next() {
                try begin(item)
            } else {
                content = nil
                try writer.finish()
                isOver = true
            }
        }
        return writer.pending > 0 ? writer.takeOutput() : nil
    }

    private mutating func begin(_ item: consuming ArchiveItem) throws(FloydError) {
        try writer.begin(item.entry, modified: item.modified)
        path = item.entry.path
        (offset, end) = (0, item.entry.kind == .file ? item.entry.size : 0)
        content = item.content.take()
    }

    /// One that grows meanwhile is cut: it was so long when it was reached.
    private mutating func copyPiece() throws(FloydError) {
        let count = Int(min(end - offset, Int64(Self.pieceLength)))
        guard let piece = try content?.piece(count, at: offset), !piece.isEmpty else {
            throw FloydError(.conflict, "\(TreePath.quoted(path)) became shorter while it was read")
        }
        try writer.append(piece)
        offset += Int64(piece.count)
    }
}

extension FileDescriptor {
    fileprivate func piece(_ count: Int, at offset: Int64) throws(FloydError) -> [UInt8] {
        try FilePiece.read(count, of: self, at: offset)
    }
}
