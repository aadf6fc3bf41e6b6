/// What is wrong with a stored content.
public enum ContentFlaw: Sendable, Hashable {
    case missing
    /// Not a regular file.
    case wrongKind
    /// Bytes that it has, and should have.
    case wrongSize(Int64, of: Int64)
    /// Its bytes are not those that its name says.
    case wrongHash
    /// Somebody may write to it.
    case writable
    /// The disk, or its file system, can't give its bytes.
    case unreadable(String)
}

extension ContentFlaw: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing: "is missing"
        case .wrongKind: "is not a regular file"
        case .wrongSize(let size, let expected): "has \(size) of \(expected) bytes"
        case .wrongHash: "has other bytes than it had: its hash is wrong"
        case .writable: "is not read-only"
        case .unreadable(let reason): "can't be read: \(reason)"
        }
    }
}
