/// What is different in a tree's manifest from another's, at one path.
public enum ManifestChange: Sendable, Hashable {
    /// An entry that comes, or comes in the place of the one that is there.
    case put(ManifestEntry)
    /// Nothing stands at this path any more.
    case remove(String)

    public var path: String {
        switch self {
        case .put(let entry): entry.path
        case .remove(let path): path
        }
    }
}
