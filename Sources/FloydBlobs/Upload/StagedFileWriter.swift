import FloydOS
import FloydTree
import Glibc

/// Writes a file that is being received, from its beginning or from where it was left, and hashes it.
///
/// A large file goes to the disk past the page cache, where the file system can: of 2 GiB that took 0.15 s of processor time instead of 2.1, and left nothing for
/// the sync at the end to wait for. What isn't a whole window yet is in memory alone, until `drain`.
struct StagedFileWriter: ~Copyable, Sendable {
    /// A file from this size on gets its space at once, so that it lies together on the disk and a full disk shows early.
    static let preallocatedSize: Int64 = 1 << 20
    /// A file from this size on goes past the page cache.
    private static let directSize: Int64 = 4 << 20

    private let file: SharedFile
    /// The same file past the page cache, and what such writes must be aligned to.
    private let direct: SharedFile?
    private let alignment: Int64
    /// Whether what is copied may share its blocks with where it comes from.
    private var sharesBlocks: Bool
    private let hash: RunningHash?
    private var windows: WriteWindows
    /// Bytes that are in the file, or on their way there.
    private var written: Int64

    /// - Parameters:
    ///   - size: what the file will have.
    ///   - length: what it has; 0: it is made, or emptied.
    ///   - hash: how it is hashed; nil where nobody wants its hash.
    ///   - sharing: bytes of the blocks that it may share with what parts of it are copied from; nil: it can't.
    init(
        _ path: String,
        size: Int64,
        length: Int64,
        hash algorithm: HashAlgorithm?,
        sharing blockSize: Int64? = nil
    ) throws(SystemError) {
        // One that is whole may be read-only already, also for its owner.
        let file = SharedFile(
            length == 0
                ? try Self.create(path)
                : try FileDescriptor.open(path, (length < size ? O_RDWR : O_RDONLY) | O_NOFOLLOW)
        )
        let hash = algorithm.map { RunningHash($0) }
        // In memory nothing has to lie together, and every page would be made at once, which takes as long as to write them.
        // What is shared would keep that space, too, where the file system keeps it as long as anything of it is needed (btrfs).
        if length == 0, size >= Self.preallocatedSize, blockSize == nil, !file.descriptor.isInMemory {
            do throws(SystemError) {
                try file.descriptor.allocate(size)
            } catch {
                // What it got of a full disk it would keep.
                try? Folder.removeTree(path)
                throw error
            }
        }
        if let hash, length > 0 { try Self.read(file, length, hash) }
        let isLarge = size >= Self.directSize && length < size
        if isLarge, let alignment = file.descriptor.directAlignment {
            direct = try? SharedFile(FileDescriptor.open(path, O_WRONLY | O_NOFOLLOW | FileDescriptor.direct))
            self.alignment = max(Int64(alignment), blockSize ?? 1)
        } else {
            direct = nil
            alignment = blockSize ?? 1
        }
        sharesBlocks = blockSize != nil
        windows = WriteWindows(hash: hash)
        self.file = file
        self.hash = hash
        written = length
    }

    /// Makes the file, instead of one that a crash left, which may be read-only.
    static func create(_ path: String) throws(SystemError) -> FileDescriptor {
        let mode = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        do throws(SystemError) {
            return try FileDescriptor.open(path, mode)
        } catch {
            guard error.code == EEXIST else { throw error }
            try Folder.removeTree(path)
            return try FileDescriptor.open(path, mode)
        }
    }

    /// Of a file that is whole.
    static func mode(executable: Bool) -> mode_t { executable ? 0o555 : 0o444 }

    private static func read(_ file: SharedFile, _ length: Int64, _ hash: RunningHash) throws(SystemError) {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { piece.deallocate() }
        var offset: Int64 = 0
        while offset < length {
            let count = try file.descriptor.read(into: piece, at: offset)
            if count == 0 { throw SystemError("read", code: EIO) }
            hash.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
            offset += Int64(count)
        }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        guard direct != nil else { return try appendInPlace(bytes) }
        var rest = bytes
        while !rest.isEmpty {
            let target = room
            let count = min(target.count, rest.count)
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            try filled(count)
        }
    }

    private mutating func appendInPlace(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        try drain()
        try HashedWrite.write(bytes, to: file.descriptor.raw, at: written, hash)
        written += Int64(bytes.count)
    }

    /// Appends `length` bytes of `source` from `offset` on.
    ///
    /// - Throws: `SystemError`, with EIO where the source is shorter.
    mutating func append(_ source: SharedFile, from offset: Int64, length: Int64) throws(SystemError) {
        var position = offset
        let end = offset + length
        while position < end {
            let shared = try share(source, position..<end)
            if shared > 0 {
                try hash(source, position..<position + shared)
                position += shared
            } else {
                let count = try fill(from: source, position..<end)
                position += count
                try filled(Int(count))
            }
        }
    }

    /// Makes the whole blocks of `range` what follows in the file, if they are worth it, and it can be done.
    ///
    /// They are there before they count as written. A crash leaves them, and they are what the file has there.
    ///
    /// - Returns: how many bytes.
    private mutating func share(_ source: SharedFile, _ range: Range<Int64>) throws(SystemError) -> Int64 {
        let length = Int64(range.count) / alignment * alignment
        guard sharesBlocks, windows.filled == 0, length >= WriteWindows.size,
            written % alignment == 0, range.lowerBound % alignment == 0
        else { return 0 }
        // Nothing behind a gap: how long the file is says how much of it is there.
        try windows.wait()
        let blocks = range.lowerBound..<range.lowerBound + length
        sharesBlocks = FileCopy.clone(blocks, from: source.descriptor, to: file.descriptor, at: written)
        return sharesBlocks ? length : 0
    }

    private mutating func hash(_ source: SharedFile, _ range: Range<Int64>) throws(SystemError) {
        var position = range.lowerBound
        while position < range.upperBound {
            let count = try fill(from: source, position..<range.upperBound)
            windows.fill(Int(count))
            try windows.begin(to: nil, at: written)
            position += count
            written += count
        }
    }

    /// Reads the first bytes of `range` into the room that there is now.
    private mutating func fill(from source: SharedFile, _ range: Range<Int64>) throws(SystemError) -> Int64 {
        let whole = room
        let target = UnsafeMutableRawBufferPointer(rebasing: whole[..<min(whole.count, range.count)])
        try FileBytes.read(into: target, from: source.descriptor.raw, at: range.lowerBound)
        return Int64(target.count)
    }

    /// Room for up to `length` more bytes, to be said by `filled`.
    mutating func lend(upTo length: Int64) -> UploadRoom {
        windows.lend(Int(min(Int64(room.count), length)))
    }

    /// Where the next bytes go: up to the next aligned place, and by whole windows from there.
    private var room: UnsafeMutableRawBufferPointer {
        mutating get {
            let end = capacity - windows.filled
            return UnsafeMutableRawBufferPointer(rebasing: windows.room[..<end])
        }
    }

    private var capacity: Int {
        let excess = written % alignment
        return excess == 0 ? WriteWindows.size : Int(alignment - excess)
    }

    mutating func filled(_ count: Int) throws(SystemError) {
        windows.fill(count)
        if windows.filled == capacity { try beginWindow() }
    }

    private mutating func beginWindow() throws(SystemError) {
        let count = windows.filled
        guard count > 0 else { return }
        let isAligned = written % alignment == 0 && Int64(count) % alignment == 0
        if isAligned, let direct {
            try windows.begin(to: direct, at: written)
        } else {
            try windows.begin(to: file, at: written)
            HashedWrite.startWriting(file.descriptor.raw, written..<written + Int64(count))
        }
        written += Int64(count)
    }

    /// Writes what is in memory; `append` may go on.
    mutating func drain() throws(SystemError) {
        // Also where one can't be begun, what was begun before has ended when this returns.
        let begun = Result { () throws(SystemError) in try beginWindow() }
        try windows.wait()
        try begun.get()
    }

    /// Writes what is in memory, makes the file read-only and says its hash.
    consuming func finish(executable: Bool) throws(SystemError) -> [UInt8] {
        try drain()
        try file.descriptor.changeMode(Self.mode(executable: executable))
        return hash?.finalize() ?? []
    }
}
