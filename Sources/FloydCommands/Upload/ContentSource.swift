import FloydClient
import FloydModel
import FloydTree

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The contents of files, or the parts of them that are sent, one after another, hashed on the way where that is still to be done.
///
/// A file that is no longer what it was when it was listed is refused by name.
final class ContentSource: ByteSource {
    /// One file of the stream, or a part of it.
    struct Piece {
        /// The manifest line, counted from 0.
        var line: Int
        var path: String
        /// What the file was when it was listed, and hashed if it was.
        var stamp: FileStamp
        /// Whether its hash is yet to be found; then it is sent whole.
        var needsHash: Bool
        /// What of the file is sent.
        var range: Range<Int64>

        var size: Int64 { range.upperBound - range.lowerBound }

        /// - Parameter range: nil: all of it.
        init(line: Int, path: String, stamp: FileStamp, needsHash: Bool, range: Range<Int64>? = nil) {
            self.line = line
            self.path = path
            self.stamp = stamp
            self.needsHash = needsHash
            self.range = range ?? 0..<stamp.size
        }
    }

    private let folder: String
    private let pieces: [Piece]
    /// Where each piece begins in the stream.
    private let starts: [Int64]
    let length: Int64
    /// SHA-256 by manifest line of the pieces that were hashed on the way.
    private(set) var hashes: [Int: [UInt8]] = [:]
    private let progressed: (Int64) -> Void

    private var current = 0
    private var descriptor: Int32 = -1
    private var hasher = FileHasher()
    private var position: Int64 = 0

    /// - Parameter progressed: told how far in the stream the reading is.
    init(folder: String, pieces: [Piece], progressed: @escaping (Int64) -> Void = { _ in }) {
        self.folder = folder
        self.pieces = pieces
        self.progressed = progressed
        var starts: [Int64] = []
        var length: Int64 = 0
        for piece in pieces {
            starts.append(length)
            length += piece.size
        }
        self.starts = starts
        self.length = length
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func seek(to offset: Int64) throws(FloydError) {
        guard offset != position else { return }
        shut()
        // The last piece that begins at the offset or before.
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle + 1 } else { high = middle }
        }
        current = max(0, low - 1)
        position = offset
        guard current < pieces.count else { return }
        let inner = offset - starts[current]
        if inner == 0 { return }
        try begin(pieces[current])
        if pieces[current].needsHash {
            try hashAgain(inner)
        } else {
            lseek(descriptor, off_t(pieces[current].range.lowerBound + inner), SEEK_SET)
        }
        if inner == pieces[current].size { try end(pieces[current]) }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FloydError) -> Int {
        var filled = 0
        while filled < buffer.count, current < pieces.count {
            let piece = pieces[current]
            if descriptor < 0 { try begin(piece) }
            let left = starts[current] + piece.size - position
            let room = UnsafeMutableRawBufferPointer(
                rebasing: buffer[filled..<(filled + Int(min(left, Int64(buffer.count - filled))))]
            )
            if !room.isEmpty {
                let count = systemRead(descriptor, room)
                guard count >= 0 else { throw LocalFile.flaw("can't read", piece.path) }
                guard count > 0 else { throw Self.change(of: piece.path) }
                if piece.needsHash { hasher.update(UnsafeRawBufferPointer(rebasing: room[..<count])) }
                filled += count
                position += Int64(count)
            }
            if position == starts[current] + piece.size { try end(piece) }
        }
        progressed(position)
        return filled
    }

    private func begin(_ piece: Piece) throws(FloydError) {
        descriptor = open("\(folder)/\(piece.path)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw LocalFile.flaw("can't read", piece.path) }
        try checkUnchanged(piece)
        if piece.range.lowerBound > 0 { lseek(descriptor, off_t(piece.range.lowerBound), SEEK_SET) }
        hasher = FileHasher()
    }

    private func end(_ piece: Piece) throws(FloydError) {
        try checkUnchanged(piece)
        if piece.needsHash { hashes[piece.line] = hasher.finalize() }
        shut()
        current += 1
    }

    private func checkUnchanged(_ piece: Piece) throws(FloydError) {
        guard FileStamp(descriptor: descriptor) == piece.stamp else { throw Self.change(of: piece.path) }
    }

    /// The error that says that the file at `path` is no longer what it was.
    static func change(of path: String) -> FloydError {
        FloydError(
            .contentMismatch,
            "\(TreePath.quoted(path)) changed while it was being sent",
            hint: "Try again when nothing writes to it."
        )
    }

    /// Reads the first `count` bytes of the open file into the hash alone: they were sent before.
    private func hashAgain(_ count: Int64) throws(FloydError) {
        var left = count
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while left > 0 {
            let read = systemRead(
                descriptor,
                UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(left, Int64(buffer.count)))])
            )
            guard read > 0 else { throw Self.change(of: pieces[current].path) }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<read]))
            left -= Int64(read)
        }
    }

    private func shut() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }
}
