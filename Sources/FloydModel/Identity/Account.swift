/// Who asks. Every call that touches somebody's things takes one, so that none can forget to.
public struct Account: Sendable, Hashable {
    /// What an account may do.
    public enum Role: String, Sendable, Hashable, Codable, CaseIterable {
        /// Its own things, and what is public.
        case user
        /// Everything.
        case admin
    }

    public var id: ObjectID
    public var name: Name
    public var role: Role

    public init(id: ObjectID, name: Name, role: Role) {
        self.id = id
        self.name = name
        self.role = role
    }
}
