import FloydModel
import FloydOS
import FloydTree
import Glibc

/// Writes and hashes the contents of files as they come, once.
///
/// A small one goes behind the others into one file: an archive of very many that is refused in the end has then made none of them. A large one has a file
/// of its own, which becomes the content.
struct ContentSpool: ~Copyable {
    /// Bytes of a file that is small.
    private static let smallSize: Int64 = 1 << 16
    private static let capacity = 1 << 18

    private let folder: String
    private let pack: FileDescriptor
    /// What of the pack isn't written yet, and how long it is with that.
    private var buffer: [UInt8] = []
    private var packLength: Int64 = 0
    private var looseFiles: Int64 = 0
    private var hasher: FileHasher
    /// The file that is being received.
    private var current: StoredContent
    private var file: FileDescriptor?

    /// - Parameter folder: an empty one, in which staged files get the names that `name(of:)` says.
    init(folder: String, _ algorithm: HashAlgorithm) throws(SystemError) {
        self.folder = folder
        hasher = FileHasher(algorithm)
        current = .empty(algorithm)
        pack = try FileDescriptor.open("\(folder)/pack", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW)
        buffer.reserveCapacity(Self.capacity + Int(Self.smallSize))
    }

    static func name(ofLoose number: Int64) -> String { "large-\(number)" }

    mutating func begin(size: Int64) throws(SystemError) {
        current = .empty(hasher.algorithm)
        current.size = size
        guard size > 0 else { return }
        if size <= Self.smallSize {
            current.place = .packed(at: packLength)
        } else {
            current.place = .loose(looseFiles)
            let path = "\(folder)/\(Self.name(ofLoose: looseFiles))"
            file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
            // A full disk shows before the bytes are there.
            try file?.allocate(size)
            looseFiles += 1
        }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        hasher.update(bytes)
        guard case .packed = current.place else {
            try file?.write(all: bytes)
            return
        }
        buffer.append(contentsOf: bytes)
        packLength += Int64(bytes.count)
        if buffer.count >= Self.capacity { try flush() }
    }

    /// All its bytes are there.
    mutating func end() throws(SystemError) -> StoredContent {
        guard current.size > 0 else { return current }
        try file.take()?.close()
        current.hash = hasher.contentHash()
        return current
    }

    mutating func flush() throws(SystemError) {
        try pack.write(all: buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    /// Makes the file `name` in the folder of a small content; `flush` comes before.
    func extract(_ content: StoredContent, as name: String) throws(SystemError) {
        var bytes = [UInt8](repeating: 0, count: Int(content.size))
        if case .packed(let start) = content.place {
            let result: Result<Int, SystemError> = bytes.withUnsafeMutableBytes { buffer in
                Result { () throws(SystemError) in try pack.read(into: buffer, at: start) }
            }
            guard try result.get() == bytes.count else { throw SystemError("pread", path: "pack", code: EIO) }
        }
        let file = try FileDescriptor.open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
        try file.write(all: bytes)
        try file.close()
    }
}
