/// A line of the answer to `POST /api/v1/dataset-versions/{version}/verify`: how far it is, a file that is damaged, or, last of all, the result.
public struct VerifyMessage: Sendable, Hashable, Codable {
    /// Files and bytes looked at so far.
    public var files: Int
    public var bytes: Int64
    /// A file that isn't what it was.
    public var damaged: Damage?
    /// On the last line alone.
    public var result: Result?

    public struct Damage: Sendable, Hashable, Codable {
        public var path: String
        /// What is wrong with it, for people.
        public var reason: String

        public init(path: String, reason: String) {
            self.path = path
            self.reason = reason
        }
    }

    public enum Result: String, Sendable, Hashable, Codable {
        case whole, damaged
        /// The server could not go on; `damaged.reason` says why.
        case failed
    }

    public init(files: Int, bytes: Int64, damaged: Damage? = nil, result: Result? = nil) {
        self.files = files
        self.bytes = bytes
        self.damaged = damaged
        self.result = result
    }
}
