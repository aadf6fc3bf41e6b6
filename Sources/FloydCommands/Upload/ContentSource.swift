import FloydClient
import FloydModel
import FloydTree

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The contents of a survey's files, or the parts of them that are sent, one after another. Files without a hash are hashed on the way.
///
/// A file that is no longer what it was when it was listed is refused by name.
final class ContentSource: ByteSource {
    /// A file of the stream, or a part of one.
    private struct Piece {
        var line: UInt32
        /// Which file of the stream it is, of one that is sent whole; else, with the highest bit set, which of `parts`.
        private var place: UInt32
        /// Where it begins in the stream.
        var start: Int64

        private static let mark: UInt32 = 1 << 31

        init(line: Int, file: Int, start: Int64) {
            (self.line, place, self.start) = (UInt32(line), UInt32(file), start)
        }

        init(line: Int, part: Int, start: Int64) {
            (self.line, place, self.start) = (UInt32(line), UInt32(part) | Self.mark, start)
        }

        /// nil of a file that is sent whole.
        var part: Int? { place & Self.mark == 0 ? nil : Int(place & ~Self.mark) }
        /// Which file of the stream it is, of one that is sent whole.
        var file: Int { Int(place) }
    }

    /// A part of a file.
    private struct Part {
        var file: Int
        var range: Range<Int64>
    }

    private let folder: String
    private let survey: FolderSurvey
    private var pieces: [Piece] = []
    private var parts: [Part] = []
    private let files: Int
    private(set) var length: Int64 = 0
    private let progressed: (Int64, Int) -> Void

    private var current = 0
    private var position: Int64 = 0
    /// The current piece, while its file is open.
    private var opened: (descriptor: Int32, file: FolderSurvey.Item)?
    private var hasher: FileHasher

    /// - Parameters:
    ///   - folder: that which was surveyed.
    ///   - lines: of the files that are sent, in order.
    ///   - recipes: by line, of those of which a part is sent alone.
    ///   - progressed: told how far in the stream the reading is, and how many files are behind it.
    init(
        _ survey: FolderSurvey,
        in folder: String,
        lines: [Int],
        _ recipes: [Int: Recipe] = [:],
        progressed: @escaping (Int64, Int) -> Void = { _, _ in }
    ) throws(FloydError) {
        self.folder = folder
        self.survey = survey
        hasher = FileHasher(survey.algorithm)
        self.progressed = progressed
        files = lines.count
        pieces.reserveCapacity(lines.count)
        for (file, line) in lines.enumerated() {
            guard let recipe = recipes[line] else {
                guard let stamp = try survey.item(line).stamp else {
                    throw FloydError(
                        .protocolViolation,
                        "the server wants line \(line) of the manifest, which is no file"
                    )
                }
                pieces.append(Piece(line: line, file: file, start: length))
                length += stamp.size
                continue
            }
            for range in recipe.sentRanges {
                pieces.append(Piece(line: line, part: parts.count, start: length))
                parts.append(Part(file: file, range: range))
                length += range.upperBound - range.lowerBound
            }
        }
    }

    deinit {
        shut()
    }

    /// Where the piece ends in the stream.
    private func end(of index: Int) -> Int64 {
        index + 1 < pieces.count ? pieces[index + 1].start : length
    }

    func seek(to offset: Int64) throws(FloydError) {
        guard offset != position else { return }
        shut()
        // The last piece that begins at the offset or before.
        var low = 0
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].start <= offset { low = middle + 1 } else { high = middle }
        }
        current = max(0, low - 1)
        position = offset
        guard current < pieces.count else { return }
        let inner = offset - pieces[current].start
        if inner == 0 { return }
        let (descriptor, file) = try open()
        if file.entry.hash == nil {
            try hashAgain(descriptor, inner, file.entry.path)
        } else {
            lseek(descriptor, off_t(offsetInFile + inner), SEEK_SET)
        }
        if offset == end(of: current) { try finish() }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FloydError) -> Int {
        var filled = 0
        while filled < buffer.count, current < pieces.count {
            let (descriptor, file) = try open()
            let left = end(of: current) - position
            let room = UnsafeMutableRawBufferPointer(
                rebasing: buffer[filled..<(filled + Int(min(left, Int64(buffer.count - filled))))]
            )
            if !room.isEmpty {
                let count = systemRead(descriptor, room)
                guard count >= 0 else { throw LocalFile.flaw("can't read", file.entry.path) }
                guard count > 0 else { throw Self.change(of: file.entry.path) }
                if file.entry.hash == nil { hasher.update(UnsafeRawBufferPointer(rebasing: room[..<count])) }
                filled += count
                position += Int64(count)
            }
            if position == end(of: current) { try finish() }
        }
        progressed(position, doneFiles)
        return filled
    }

    /// Where in its file the current piece begins.
    private var offsetInFile: Int64 {
        pieces[current].part.map { parts[$0].range.lowerBound } ?? 0
    }

    private var doneFiles: Int {
        guard current < pieces.count else { return files }
        let piece = pieces[current]
        return piece.part.map { parts[$0].file } ?? piece.file
    }

    /// The file of the current piece, opened where that begins.
    private func open() throws(FloydError) -> (Int32, FolderSurvey.Item) {
        if let opened { return opened }
        let file = try survey.item(Int(pieces[current].line))
        let descriptor = systemOpen("\(folder)/\(file.entry.path)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw LocalFile.flaw("can't read", file.entry.path) }
        opened = (descriptor, file)
        try checkUnchanged(descriptor, file)
        if offsetInFile > 0 { lseek(descriptor, off_t(offsetInFile), SEEK_SET) }
        hasher = FileHasher(survey.algorithm)
        return (descriptor, file)
    }

    private func finish() throws(FloydError) {
        let (descriptor, file) = try open()
        try checkUnchanged(descriptor, file)
        if file.entry.hash == nil { try survey.setHash(hasher.contentHash(), of: Int(pieces[current].line)) }
        shut()
        current += 1
    }

    private func checkUnchanged(_ descriptor: Int32, _ file: FolderSurvey.Item) throws(FloydError) {
        guard FileStamp(descriptor: descriptor) == file.stamp else { throw Self.change(of: file.entry.path) }
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
    private func hashAgain(_ descriptor: Int32, _ count: Int64, _ path: String) throws(FloydError) {
        var left = count
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while left > 0 {
            let read = systemRead(
                descriptor,
                UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(left, Int64(buffer.count)))])
            )
            guard read > 0 else { throw Self.change(of: path) }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<read]))
            left -= Int64(read)
        }
    }

    private func shut() {
        if let opened { close(opened.descriptor) }
        opened = nil
    }
}
