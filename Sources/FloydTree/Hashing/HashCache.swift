#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The hashes of a folder's files with the stamps that the files had, so that what is unchanged need not be read again.
///
/// It is a file, written and read front to back in the order of manifests, about a hundred bytes for each file of the folder, and never held whole.
///
///     floydlite hashes 2 blake3⏎   (floydlite hashes 1⏎ where they are SHA-256)
///     size, device, inode, modified, changed (8 bytes each, little-endian), hash (32), length of the path (4), path   for each file
///     SHA-256 of all that stands before it
public enum HashCache {
    static func header(_ algorithm: HashAlgorithm) -> [UInt8] {
        switch algorithm {
        case .sha256: Array("floydlite hashes 1\n".utf8)
        case .blake3: Array("floydlite hashes 2 blake3\n".utf8)
        }
    }

    static let fixedLength = 5 * 8 + FileHasher.length + 4

    /// How long a file must have been left alone before it was read, in nanoseconds. A file system's clock may stand still so long: one
    /// that is changed twice within that time has the same stamp after both.
    public static let quietTime: Int64 = 2_000_000_000

    /// Puts a cache together.
    public struct Writer: ~Copyable {
        private let descriptor: Int32
        private let now: Int64
        private let algorithm: HashAlgorithm
        private var pending: [UInt8]
        private var hasher = FileHasher(.sha256)
        private var isWhole = true

        private static let capacity = 1 << 16

        /// - Parameters:
        ///   - descriptor: an empty file, which stays the caller's.
        ///   - now: nanoseconds since 1970 when the reading of the files began.
        ///   - algorithm: of all hashes.
        public init(to descriptor: Int32, at now: Int64, _ algorithm: HashAlgorithm) {
            self.descriptor = descriptor
            self.now = now
            self.algorithm = algorithm
            pending = HashCache.header(algorithm)
        }

        /// Adds a file, unless it was changed so lately that its stamp can't be trusted. Paths come in the order of manifests.
        public mutating func append(_ path: String, _ stamp: FileStamp, _ hash: ContentHash) {
            guard stamp.changed <= now - HashCache.quietTime, hash.algorithm == algorithm else { return }
            for number in HashCache.numbers(stamp) { append(number) }
            pending += hash.bytes
            append(UInt32(path.utf8.count))
            pending += path.utf8
            if pending.count >= Self.capacity { flush() }
        }

        private mutating func append(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.littleEndian) { pending += $0 }
        }

        private mutating func flush() {
            hasher.update(pending)
            write()
        }

        private mutating func write() {
            var rest = pending[...]
            while isWhole, !rest.isEmpty {
                let count = rest.withUnsafeBytes { systemWrite(descriptor, $0) }
                if count < 0 { isWhole = false } else { rest = rest.dropFirst(count) }
            }
            pending.removeAll(keepingCapacity: true)
        }

        /// Writes what is left, and says whether all of it could be written.
        public mutating func finish() -> Bool {
            flush()
            pending = hasher.finalize()
            write()
            return isWhole
        }
    }

    /// Finds files in a cache.
    public struct Reader: ~Copyable {
        private let descriptor: Int32
        private let algorithm: HashAlgorithm
        private var buffer: [UInt8] = []
        private var offset = 0
        /// Bytes of the cache that are not in the buffer yet.
        private var left: Int64 = 0

        private static let capacity = 1 << 18

        /// An empty cache.
        public init() {
            descriptor = -1
            algorithm = .blake3
        }

        /// The cache in that file, which is closed with the reader; an empty one if it is damaged, of another version, or of other hashes.
        public init(owning descriptor: Int32, _ algorithm: HashAlgorithm) {
            self.descriptor = descriptor
            self.algorithm = algorithm
            let header = HashCache.header(algorithm)
            left = Self.checkedLength(descriptor, header)
            if left > 0 {
                lseek(descriptor, 0, SEEK_SET)
                fill(header.count)
                offset = header.count
            }
        }

        deinit {
            if descriptor >= 0 { close(descriptor) }
        }

        /// Bytes before the hash of all, if that is right; else 0.
        private static func checkedLength(_ descriptor: Int32, _ header: [UInt8]) -> Int64 {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { return 0 }
            let length = Int64(status.st_size) - Int64(FileHasher.length)
            guard length >= header.count else { return 0 }
            var hasher = FileHasher(.sha256)
            var left = length
            var isFirst = true
            while left > 0 {
                guard let piece = read(descriptor, Int(min(left, Int64(capacity)))) else { return 0 }
                if isFirst, !piece.starts(with: header) { return 0 }
                isFirst = false
                hasher.update(piece)
                left -= Int64(piece.count)
            }
            let hash = read(descriptor, FileHasher.length)
            return hasher.finalize() == hash ? length : 0
        }

        /// The next bytes, at most `count`; nil at the end, or where they can't be read.
        private static func read(_ descriptor: Int32, _ count: Int) -> [UInt8]? {
            let piece = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                filled = max(0, systemRead(descriptor, UnsafeMutableRawBufferPointer(buffer)))
            }
            return piece.isEmpty ? nil : piece
        }

        /// Reads on until `count` bytes from the offset are in the buffer. False where there are not so many.
        @discardableResult
        private mutating func fill(_ count: Int) -> Bool {
            while buffer.count - offset < count {
                guard left > 0, let piece = Self.read(descriptor, Int(min(left, Int64(Self.capacity)))) else {
                    return false
                }
                left -= Int64(piece.count)
                buffer.removeFirst(offset)
                offset = 0
                buffer += piece
            }
            return true
        }

        /// The hash of the file at `path`, if it has the stamp that it had. Each call asks for a later path than the one before.
        public mutating func hash(of path: String, _ stamp: FileStamp) -> ContentHash? {
            while fill(HashCache.fixedLength) {
                let length = Int(number(at: offset + HashCache.fixedLength - 4, as: UInt32.self))
                guard fill(HashCache.fixedLength + length) else { return nil }
                let start = offset + HashCache.fixedLength
                let found = buffer[start..<(start + length)]
                if found.elementsEqual(path.utf8) {
                    let isSame = HashCache.numbers(stamp).enumerated().allSatisfy { index, value in
                        number(at: offset + 8 * index, as: UInt64.self) == value
                    }
                    let hash = buffer[(offset + 40)..<(offset + 40 + FileHasher.length)]
                    return isSame ? ContentHash(algorithm, Array(hash)) : nil
                }
                if path.utf8.lexicographicallyPrecedes(found) { return nil }
                offset = start + length
            }
            return nil
        }

        private func number<Number: FixedWidthInteger>(at offset: Int, as: Number.Type) -> Number {
            buffer.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
        }
    }

    private static func numbers(_ stamp: FileStamp) -> [UInt64] {
        [
            UInt64(bitPattern: stamp.size), stamp.device, stamp.inode, UInt64(bitPattern: stamp.modified),
            UInt64(bitPattern: stamp.changed),
        ]
    }
}

// Free of the scope of types whose own `read` and `write` would hide them.

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    while true {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count >= 0 || errno != EINTR { return count }
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    while true {
        let count = write(descriptor, bytes.baseAddress, bytes.count)
        if count >= 0 || errno != EINTR { return count }
    }
}
