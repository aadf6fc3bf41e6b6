public import FloydModel
public import FloydOS
import FloydTree

/// The bytes of all files of a tree, one after another in the order of its manifest and nothing between them: what an upload of the tree sends
/// when the store has nothing of it. Files are opened as they are reached. Calls block: `BlockingPool`.
public struct ContentReader: ~Copyable, Sendable {
    /// What comes next.
    public enum Piece: ~Copyable, Sendable {
        /// Small files, whole.
        case bytes([UInt8])
        /// `length` bytes of a file from `offset` on.
        case file(FileDescriptor, offset: Int64, length: Int64)
    }

    /// Up to here a file is copied beside others: a call to the system for each of them costs more.
    private static let smallFile: Int64 = 1 << 15
    private static let pieceLength = 1 << 17

    private let store: BlobStore
    private var cursor: ManifestCursor
    /// Bytes of the stream that nobody asked for, before those that were.
    private var skipped: Int64
    private var left: Int64
    /// A file that had no place in the piece before.
    private var waiting: ManifestEntry?

    /// - Parameter range: within the bytes of the tree's files.
    /// - Throws: `FloydError` with `notFound` where there is no such tree.
    public init(_ digest: [UInt8], range: Range<Int64>, in store: BlobStore) throws(FloydError) {
        self.store = store
        cursor = try store.cursor(of: digest)
        skipped = range.lowerBound
        left = range.upperBound - range.lowerBound
    }

    /// The next bytes, or nil behind the last.
    ///
    /// - Throws: `FloydError` with `internalError` where contents are damaged or fewer than the range wants.
    public mutating func next() throws(FloydError) -> Piece? {
        var bytes: [UInt8] = []
        while left > 0, bytes.count < Self.pieceLength, let entry = try nextFile() {
            let length = min(entry.size - skipped, left)
            if length > Self.smallFile, !bytes.isEmpty {
                waiting = entry
                break
            }
            let file = try store.openFile(entry)
            let offset = skipped
            skipped = 0
            left -= length
            if length > Self.smallFile { return .file(file, offset: offset, length: length) }
            try append(Int(length), of: file, at: offset, to: &bytes)
        }
        if !bytes.isEmpty { return .bytes(bytes) }
        guard left == 0 else { throw FloydError(.internalError, "a tree has fewer bytes than it should have") }
        return nil
    }

    /// The next file of which something is wanted.
    private mutating func nextFile() throws(FloydError) -> ManifestEntry? {
        if let entry = waiting {
            waiting = nil
            return entry
        }
        while let entry = try cursor.next() {
            guard entry.kind == .file, entry.size > 0 else { continue }
            if entry.size > skipped { return entry }
            skipped -= entry.size
        }
        return nil
    }

    private func append(
        _ count: Int,
        of file: borrowing FileDescriptor,
        at offset: Int64,
        to bytes: inout [UInt8]
    ) throws(FloydError) {
        bytes.reserveCapacity(Self.pieceLength + Int(Self.smallFile))
        let piece = try FilePiece.read(count, of: file, at: offset)
        guard piece.count == count else { throw FloydError(.internalError, "a content is shorter than it was") }
        bytes += piece
    }
}

/// Reading a part of a file into memory.
enum FilePiece {
    /// The bytes from `offset` on, fewer than `count` only where the file ends.
    static func read(_ count: Int, of file: borrowing FileDescriptor, at offset: Int64) throws(FloydError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(SystemError) {
                while filled < count {
                    let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                    let more = try file.read(into: rest, at: offset + Int64(filled))
                    if more == 0 { break }
                    filled += more
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw FloydError(storage: failure) }
        return bytes
    }
}
