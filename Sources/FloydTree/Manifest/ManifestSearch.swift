public import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Finds an entry in a manifest that lies in a file, by halves: its lines are sorted, so a million of them take twenty looks.
public struct ManifestSearch {
    /// What stands at a path.
    public enum Found: Sendable, Hashable {
        case entry(ManifestEntry)
        /// A folder without a line of its own.
        case folder
    }

    /// What is read at a time: many lines, mostly. Below it lines are gone through one after another.
    private static let pieceLength = 1 << 12
    /// Longer than any line.
    private static let maximumLength = 1 << 17

    private let descriptor: Int32
    private let size: Int64

    /// - Parameter descriptor: stays the caller's; of a canonical manifest of `size` bytes.
    public init(descriptor: Int32, size: Int64) {
        self.descriptor = descriptor
        self.size = size
    }

    /// - Throws: `FloydError` with `internalError` where the file can't be read or isn't a manifest.
    public func find(_ path: String) throws(FloydError) -> Found? {
        let key = Array(path.utf8)
        if let entry = try first(from: key), entry.path.utf8.elementsEqual(key) { return .entry(entry) }
        let below = key + [TreePath.slash]
        guard let entry = try first(from: below), entry.path.utf8.starts(with: below) else { return nil }
        return .folder
    }

    /// The first entry whose path is `key` or sorts behind it.
    private func first(from key: [UInt8]) throws(FloydError) -> ManifestEntry? {
        // All lines before `low`, which is a line's beginning, sort before the key; of those behind `high` none does.
        var low: Int64 = 0
        var high = size
        while high - low > Self.pieceLength {
            let middle = low + (high - low) / 2
            let start = middle + Int64(try self.line(at: middle).count)
            if start >= high {
                high = middle
            } else if try path(of: self.line(at: start)).lexicographicallyPrecedes(key) {
                low = start
            } else {
                high = start
            }
        }
        while low < size {
            let line = try line(at: low)
            let entry = try ManifestCoding.entry(line: line)
            if !entry.path.utf8.lexicographicallyPrecedes(key) { return entry }
            low += Int64(line.count)
        }
        return nil
    }

    private func path(of line: [UInt8]) throws(FloydError) -> String.UTF8View {
        try ManifestCoding.entry(line: line).path.utf8
    }

    /// The bytes from `offset` up to the end of the line that they are in, its newline included.
    private func line(at offset: Int64) throws(FloydError) -> [UInt8] {
        for length in [Self.pieceLength, Self.maximumLength] {
            let piece = try read(length, at: offset)
            if let end = piece.firstIndex(of: 0x0A) { return Array(piece[...end]) }
        }
        throw FloydError(.internalError, "a stored manifest has a line without an end")
    }

    private func read(_ length: Int, at offset: Int64) throws(FloydError) -> [UInt8] {
        var count = 0
        let piece = [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
            repeat {
                count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            } while count < 0 && errno == EINTR
            filled = max(0, count)
        }
        guard count >= 0 else {
            throw FloydError(.internalError, "a stored manifest can't be read: \(String(cString: strerror(errno)))")
        }
        return piece
    }
}
