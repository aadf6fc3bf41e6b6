/// The forms in which a tree leaves as one file.
public enum ArchiveFormat: String, Sendable, Hashable, CaseIterable {
    /// ustar (POSIX.1-1988), with pax headers (POSIX.1-2001) for what that has no room for.
    case tar
    /// ZIP with its 64-bit extensions; contents are stored as they are, not compressed.
    case zip
}
