/// Memory for bytes of an upload's stream, as long as this lives. What a receiver lends is for a large file's bytes: they are read straight to where they are
/// hashed and written from, and it is given back by `UploadReceiver.filled`.
///
/// For one user at a time.
public final class UploadRoom: Sendable {
    /// Files from this size on are received so.
    static let leastFile: Int64 = 4 << 20
    /// What is left of a file, from which on it is worth it.
    static let leastLength = mostBytes
    /// Bytes that one has at most.
    public static let mostBytes = Int64(WriteWindows.size)

    /// Only its user touches it: what is under way has other windows.
    nonisolated(unsafe) private let bytes: UnsafeMutableRawBufferPointer
    /// nil: this has it.
    private let owner: (any AnyObject & Sendable)?

    /// Memory of its own, for pieces of the stream as they come.
    public init() {
        bytes = .allocate(byteCount: Int(Self.mostBytes), alignment: 64)
        owner = nil
    }

    deinit {
        if owner == nil { bytes.deallocate() }
    }

    init(_ bytes: UnsafeMutableRawBufferPointer, of owner: any AnyObject & Sendable) {
        self.bytes = bytes
        self.owner = owner
    }

    public var count: Int { bytes.count }

    public var memory: UnsafeMutableRawBufferPointer { bytes }
}
