public import FloydModel

/// Who asks. Every service call that touches somebody's things takes one, so that none can forget to.
public struct Account: Sendable, Hashable {
    /// What an account may do.
    public enum Role: String, Sendable, Hashable {
        case user
        /// May also see and stop what is other people's.
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
