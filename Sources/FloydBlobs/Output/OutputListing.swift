public import FloydTree

/// What a job left, in path order.
public struct OutputListing: Sendable, Hashable {
    public internal(set) var entries: [Entry] = []
    public internal(set) var skipped: [Skipped] = []
    /// Whether there is more than the limit allowed to list.
    public internal(set) var isCut = false

    /// A file, a folder or a link, which is shown and never followed.
    public struct Entry: Sendable, Hashable {
        /// Relative, parts joined by `/`.
        public let path: String
        public let kind: ManifestEntry.Kind
        /// Bytes of a file, else 0.
        public let size: Int64
        /// Nanoseconds since 1970.
        public let modified: Int64
    }

    /// What can't be served, and why.
    public struct Skipped: Sendable, Hashable {
        /// With U+FFFD for bytes that aren't UTF-8.
        public let path: String
        public let reason: String
    }
}
