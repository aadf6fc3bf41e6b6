import CCrypto
public import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// SHA-256, of bytes as they come or of a whole file.
///
/// The state is the system library's and belongs to one owner, hence not copyable.
public struct FileHasher: ~Copyable, Sendable {
    /// Bytes of a hash.
    public static let length = Int(CCRYPTO_SHA256_LENGTH)

    /// The hash of no bytes at all.
    public static let ofNothing: [UInt8] = [
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
        0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ]

    /// Owned by this value alone (it can't be copied), so it is never used by two threads at once.
    nonisolated(unsafe) private let state: OpaquePointer

    /// Ends the program where the system's library has no SHA-256 or there is no memory: nothing here could go on without.
    public init() {
        guard let state = ccrypto_sha256_create() else { preconditionFailure("libcrypto has no SHA-256") }
        self.state = state
    }

    deinit {
        ccrypto_sha256_destroy(state)
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        let isFed = ccrypto_sha256_update(state, start, bytes.count)
        precondition(isFed == 1, "SHA-256 update failed")
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The 32 bytes of the hash of what was fed so far; the next `update` begins a new one.
    public mutating func finalize() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.length) { buffer, count in
            let isDone = buffer.baseAddress.map { ccrypto_sha256_finish(state, $0) }
            precondition(isDone == 1, "SHA-256 finish failed")
            count = Self.length
        }
    }

    /// The hash of `bytes`.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var hasher = FileHasher()
        hasher.update(bytes)
        return hasher.finalize()
    }

    /// The hash of the file at `path`.
    ///
    /// - Throws: `FloydError` with `localFile`, which names the file, where it isn't a regular file that can be read.
    public static func sha256(file path: String) throws(FloydError) -> [UInt8] {
        try hash(file: path).sha256
    }

    /// The hash of the file at `path`, with the stamp it had before and after it was read: a file that changed
    /// meanwhile is refused, because its hash would be that of no state it ever was in.
    ///
    /// - Parameter progressed: told how many bytes were read.
    /// - Throws: `FloydError` with `localFile`, which names the file.
    public static func hash(
        file path: String,
        progressed: (Int64) -> Void = { _ in }
    ) throws(FloydError) -> (sha256: [UInt8], stamp: FileStamp) {
        // Non-blocking: a FIFO of that name must not hold up the caller.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw LocalFileError.reading(path, errno) }
        defer { close(descriptor) }
        guard let before = FileStamp(descriptor: descriptor) else { throw LocalFileError.notRegular(path) }
        var hasher = FileHasher()
        try feed(descriptor, to: &hasher, path: path, progressed)
        guard let after = FileStamp(descriptor: descriptor), after == before else {
            throw LocalFileError.changed(path)
        }
        return (hasher.finalize(), before)
    }

    private static func feed(
        _ descriptor: Int32,
        to hasher: inout FileHasher,
        path: String,
        _ progressed: (Int64) -> Void
    ) throws(FloydError) {
        var total: Int64 = 0
        let capacity = 1 << 18
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, capacity)
            if count == 0 { return }
            if count < 0 {
                if errno == EINTR { continue }
                throw LocalFileError.reading(path, errno)
            }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            total += Int64(count)
            progressed(total)
        }
    }
}
