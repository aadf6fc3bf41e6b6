import CBlake3
import CCrypto
public import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Hashes bytes as they come, or a whole file.
///
/// The state is a library's and belongs to one owner, hence not copyable.
public struct FileHasher: ~Copyable, Sendable {
    /// Bytes of a hash, of whatever algorithm.
    public static let length = 32

    private enum State {
        case sha256(OpaquePointer)
        case blake3(UnsafeMutablePointer<blake3_hasher>)
    }

    /// Owned by this value alone (it can't be copied), so it is never used by two threads at once.
    nonisolated(unsafe) private let state: State

    /// Ends the program where the system's library has no SHA-256: nothing here could go on without.
    public init(_ algorithm: HashAlgorithm) {
        switch algorithm {
        case .sha256:
            guard let state = ccrypto_sha256_create() else { preconditionFailure("libcrypto has no SHA-256") }
            self.state = .sha256(state)
        case .blake3:
            let state = UnsafeMutablePointer<blake3_hasher>.allocate(capacity: 1)
            blake3_hasher_init(state)
            self.state = .blake3(state)
        }
    }

    deinit {
        switch state {
        case .sha256(let state): ccrypto_sha256_destroy(state)
        case .blake3(let state): state.deallocate()
        }
    }

    public var algorithm: HashAlgorithm {
        switch state {
        case .sha256: .sha256
        case .blake3: .blake3
        }
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        switch state {
        case .sha256(let state):
            let isFed = ccrypto_sha256_update(state, start, bytes.count)
            precondition(isFed == 1, "SHA-256 update failed")
        case .blake3(let state):
            blake3_hasher_update(state, start, bytes.count)
        }
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The 32 bytes of the hash of what was fed so far; the next `update` begins a new one.
    public mutating func finalize() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.length) { buffer, count in
            switch (state, buffer.baseAddress) {
            case (.sha256(let state), let start?):
                let isDone = ccrypto_sha256_finish(state, start)
                precondition(isDone == 1, "SHA-256 finish failed")
            case (.blake3(let state), let start?):
                blake3_hasher_finalize(state, start, Self.length)
                blake3_hasher_init(state)
            case (_, nil): preconditionFailure("there is no memory for a hash")
            }
            count = Self.length
        }
    }

    /// `finalize`, with the algorithm.
    public mutating func contentHash() -> ContentHash {
        ContentHash(algorithm, finalize())
    }

    /// The SHA-256 of `bytes`.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        hash(bytes, .sha256).bytes
    }

    /// The hash of `bytes`.
    public static func hash(_ bytes: [UInt8], _ algorithm: HashAlgorithm) -> ContentHash {
        var hasher = FileHasher(algorithm)
        hasher.update(bytes)
        return hasher.contentHash()
    }

    /// The hash of the file at `path`, with the stamp it had before and after it was read: a file that changed
    /// meanwhile is refused, because its hash would be that of no state it ever was in.
    ///
    /// - Parameter progressed: told how many bytes were read.
    /// - Throws: `FloydError` with `localFile`, which names the file.
    public static func hash(
        file path: String,
        _ algorithm: HashAlgorithm,
        progressed: (Int64) -> Void = { _ in }
    ) throws(FloydError) -> (hash: ContentHash, stamp: FileStamp) {
        // Non-blocking: a FIFO of that name must not hold up the caller.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw LocalFileError.reading(path, errno) }
        defer { close(descriptor) }
        guard let before = FileStamp(descriptor: descriptor) else { throw LocalFileError.notRegular(path) }
        var hasher = FileHasher(algorithm)
        try feed(descriptor, to: &hasher, path: path, progressed)
        guard let after = FileStamp(descriptor: descriptor), after == before else {
            throw LocalFileError.changed(path)
        }
        return (hasher.contentHash(), before)
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
