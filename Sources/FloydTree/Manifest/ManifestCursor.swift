public import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Goes through a manifest that lies in a file, entry by entry, at the pace of whoever asks. What it gives out is checked as `ManifestReader`
/// checks it; it holds a piece of the file and the entries of that, whatever the manifest's length.
public struct ManifestCursor: ~Copyable, Sendable {
    private static let pieceLength = 1 << 14

    private let descriptor: Int32
    private var reader = ManifestReader()
    private var piece = [UInt8](repeating: 0, count: pieceLength)
    private var entries: [ManifestEntry] = []
    private var index = 0
    private var isOver = false

    /// Takes over `descriptor`, and reads from where it stands.
    public init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// The next entry, or nil at the end.
    ///
    /// - Throws: `FloydError` as `ManifestReader.feed` does, or with `internalError` where the file can't be read.
    public mutating func next() throws(FloydError) -> ManifestEntry? {
        while index == entries.count {
            if isOver { return nil }
            try fill()
        }
        defer { index += 1 }
        return entries[index]
    }

    private mutating func fill() throws(FloydError) {
        let count = try readPiece()
        index = 0
        var found: [ManifestEntry] = []
        if count == 0 {
            isOver = true
            try reader.finish { entry, _ in found.append(entry) }
        } else {
            try piece.withUnsafeBufferPointer { piece throws(FloydError) in
                try reader.feed(UnsafeRawBufferPointer(start: piece.baseAddress, count: count)) { entry, _ in
                    found.append(entry)
                }
            }
        }
        entries = found
    }

    private mutating func readPiece() throws(FloydError) -> Int {
        while true {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return count }
            guard errno == EINTR else {
                throw FloydError(.internalError, "a manifest can't be read: \(String(cString: strerror(errno)))")
            }
        }
    }
}
