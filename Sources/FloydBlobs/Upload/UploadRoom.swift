/// Memory that is lent to whoever receives a large file's bytes: they are read straight to where they are hashed and written from.
///
/// For one reader, until it is given back by `UploadReceiver.filled`; it stays valid memory as long as this lives.
public final class UploadRoom: Sendable {
    /// Files from this size on are received so.
    static let leastFile: Int64 = 4 << 20
    /// What is left of a file, from which on it is worth it.
    static let leastLength = mostBytes
    /// Bytes that one has at most.
    public static let mostBytes = Int64(WriteWindows.size)

    /// Only its borrower touches it: what is under way has other windows.
    nonisolated(unsafe) private let bytes: UnsafeMutableRawBufferPointer
    private let owner: any AnyObject & Sendable

    init(_ bytes: UnsafeMutableRawBufferPointer, of owner: any AnyObject & Sendable) {
        self.bytes = bytes
        self.owner = owner
    }

    public var count: Int { bytes.count }

    /// The room behind its first `filled` bytes.
    public func rest(from filled: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
    }
}
