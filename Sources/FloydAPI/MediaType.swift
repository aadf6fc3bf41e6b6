/// Media types of the interface's bodies.
public enum MediaType {
    public static let json = "application/json"
    /// RFC 9457.
    public static let problem = "application/problem+json"
    /// A manifest or a list: one JSON document per line.
    public static let jsonLines = "application/x-ndjson"
    /// What is different in a manifest from another tree's: lines of it, and of what is removed.
    public static let manifestChanges = "application/vnd.floydlite.manifest-changes"
    public static let eventStream = "text/event-stream"
    /// tus 1.0: the body of a PATCH.
    public static let offsetOctetStream = "application/offset+octet-stream"
    /// The blocks of a content.
    public static let blocks = "application/vnd.floydlite.blocks"
    public static let tar = "application/x-tar"
    public static let zip = "application/zip"
    public static let plain = "text/plain"
    public static let octetStream = "application/octet-stream"
}
