/// The hashes of a folder's files with the stamps that the files had, so that what is unchanged need not be read again.
///
/// It is written and read front to back, in the order of manifests, and held as its bytes alone: about a hundred for each file.
///
///     floydlite hashes 1⏎
///     size, device, inode, modified, changed (8 bytes each, little-endian), SHA-256 (32), length of the path (4), path   for each file
///     SHA-256 of all that stands before it
public enum HashCache {
    static let header = Array("floydlite hashes 1\n".utf8)
    static let fixedLength = 5 * 8 + FileHasher.length + 4

    /// How long a file must have been left alone before it was read, in nanoseconds. A file system's clock may stand still so long: one
    /// that is changed twice within that time has the same stamp after both.
    public static let quietTime: Int64 = 2_000_000_000

    /// Puts a cache together.
    public struct Writer: Sendable {
        private var bytes = HashCache.header
        private let now: Int64

        /// - Parameter now: nanoseconds since 1970 when the reading of the files began.
        public init(at now: Int64) {
            self.now = now
        }

        /// Adds a file, unless it was changed so lately that its stamp can't be trusted. Paths come in the order of manifests.
        public mutating func append(_ path: String, _ stamp: FileStamp, _ sha256: [UInt8]) {
            guard stamp.changed <= now - HashCache.quietTime, sha256.count == FileHasher.length else { return }
            for number in HashCache.numbers(stamp) { append(number) }
            bytes += sha256
            append(UInt32(path.utf8.count))
            bytes += path.utf8
        }

        private mutating func append(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
        }

        /// The whole cache.
        public func finish() -> [UInt8] {
            bytes + FileHasher.sha256(bytes)
        }
    }

    /// Finds files in a cache.
    public struct Reader: Sendable {
        private let bytes: [UInt8]
        private let end: Int
        private var offset: Int

        /// A cache of these bytes; an empty one if they are damaged, or of another version.
        public init(_ bytes: [UInt8] = []) {
            let end = bytes.count - FileHasher.length
            guard end >= HashCache.header.count, bytes.starts(with: HashCache.header),
                FileHasher.sha256(Array(bytes[..<end])).elementsEqual(bytes[end...])
            else {
                (self.bytes, self.end, offset) = ([], 0, 0)
                return
            }
            (self.bytes, self.end, offset) = (bytes, end, HashCache.header.count)
        }

        /// The hash of the file at `path`, if it has the stamp that it had. Each call asks for a later path than the one before.
        public mutating func hash(of path: String, _ stamp: FileStamp) -> [UInt8]? {
            let wanted = Array(path.utf8)
            while offset + HashCache.fixedLength <= end {
                let length = Int(number(at: offset + HashCache.fixedLength - 4, as: UInt32.self))
                let start = offset + HashCache.fixedLength
                guard start + length <= end else { return nil }
                let found = bytes[start..<(start + length)]
                if found.elementsEqual(wanted) {
                    let isSame = HashCache.numbers(stamp).enumerated().allSatisfy { index, value in
                        number(at: offset + 8 * index, as: UInt64.self) == value
                    }
                    return isSame ? Array(bytes[(offset + 40)..<(offset + 40 + FileHasher.length)]) : nil
                }
                if wanted.lexicographicallyPrecedes(found) { return nil }
                offset = start + length
            }
            return nil
        }

        private func number<Number: FixedWidthInteger>(at offset: Int, as: Number.Type) -> Number {
            bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
        }
    }

    private static func numbers(_ stamp: FileStamp) -> [UInt64] {
        [
            UInt64(bitPattern: stamp.size), stamp.device, stamp.inode, UInt64(bitPattern: stamp.modified),
            UInt64(bitPattern: stamp.changed),
        ]
    }
}
