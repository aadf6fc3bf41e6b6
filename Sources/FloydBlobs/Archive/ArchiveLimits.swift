/// What an archive may hold.
public struct ArchiveLimits: Sendable, Hashable {
    /// Entries, whatever they are.
    public var entries = 500_000
    /// Bytes of all files.
    public var bytes: Int64 = 1 << 40
    /// Bytes of all names and targets.
    public var names: Int64 = 64 << 20
    /// How many times larger than the archive its files may be, once they are more than `unjudged` bytes.
    public var ratio: Int64 = 200
    public var unjudged: Int64 = 64 << 20

    public init() {}
}
