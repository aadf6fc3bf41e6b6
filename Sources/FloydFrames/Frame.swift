/// What the unpacker says, one after the other: an entry, its bytes in as many pieces as there are, and so on, at last `end` or `problem`.
///
/// A frame is 8 bytes (its kind, three NUL bytes, and the length of what follows in 4 bytes) and what follows. Numbers are little-endian.
/// An entry is its kind (1 byte), three NUL bytes, mode (4), size (8), lengths of path and target (4 each), path, target. A problem is its
/// code (1) and its message. The end is the number of entries (8).
public enum Frame {
    case entry(UnpackedEntry)
    /// Bytes of the last entry; valid during the call alone.
    case data(UnsafeRawBufferPointer)
    case end(entries: Int64)
    case problem(UnpackProblem)

    enum Kind: UInt8 {
        case entry = 1
        case data, end, problem
    }

    static let headerLength = 8
    static let entryLength = 24
    /// Bytes of a piece of data at most.
    public static let maximumData = 1 << 20
    /// Bytes of a name at most; a tree takes less, and says so by name.
    public static let maximumName = 1 << 16
    static let maximumMessage = 1 << 12
    static let maximumPayload = entryLength + 2 * maximumName
}

/// Why bytes can't be frames.
public struct FrameFlaw: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
