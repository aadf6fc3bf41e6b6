/// A tree that is whole, verified and on the disk.
public struct CommittedTree: Sendable, Hashable, Codable {
    /// The 32 bytes that name it.
    public let digest: [UInt8]
    /// Files, folders and links that its manifest lists.
    public let entries: Int
    /// Files among them, and their bytes.
    public let files: Int
    public let bytes: Int64
}
