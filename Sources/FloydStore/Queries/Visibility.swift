import FloydModel
import GRDB

/// What an account may see: its own, what is public, and everything if it is an admin.
struct Visibility {
    private let user: UserRecord

    init(_ user: UserRecord) {
        self.user = user
    }

    func shows(_ owner: ObjectID, _ isPublic: Bool) -> Bool {
        isPublic || owner == user.id || user.role == .admin
    }
}

/// What an account may have meant by a name that isn't there.
struct Suggestions {
    private let collection: FloydModel.Collection
    private let owner: Name?
    private let name: Name
    private let user: UserRecord

    init(_ collection: FloydModel.Collection, _ owner: Name?, _ name: Name, _ user: UserRecord) {
        self.collection = collection
        self.owner = owner
        self.name = name
        self.user = user
    }

    func hint(_ db: Database) throws -> String {
        let names = try Self.visible(collection, user, 1000, db)
        // Short where the person wrote it short.
        let own = names.filter { $0.owner == user.name }.map(\.name.string)
        let nearest =
            if let owner {
                NearestNames.nearest(to: "\(owner)/\(name)", among: names.map { "\($0.owner)/\($0.name)" })
            } else {
                NearestNames.nearest(to: name.string, among: own)
                    + names.filter { $0.owner != user.name && $0.name == name }.map { "\($0.owner)/\($0.name)" }
            }
        if let question = NearestNames.question(Array(nearest.prefix(3))) { return question }
        let (one, make) = collection == .projects ? ("project", "init NAME") : ("dataset", "data init NAME")
        guard !own.isEmpty else { return "You have no \(one) yet; `floydlite \(make)` begins one." }
        let some = own.prefix(5).joined(separator: ", ")
        return "Your \(collection.rawValue): \(some)\(own.count > 5 ? ", …" : "")."
    }

    /// The user's own by name, then others'.
    static func visible(
        _ collection: FloydModel.Collection,
        _ user: UserRecord,
        _ limit: Int,
        _ db: Database
    ) throws -> [ResourceName] {
        try db.all(
            """
            SELECT r.name, u.name AS owner_name FROM \(collection.rawValue) r JOIN users u ON u.pk = r.owner
            WHERE u.id = ?1 OR r.public OR ?2 ORDER BY u.id <> ?1, u.name, r.name LIMIT ?3
            """,
            [user.id.string, user.role == .admin, limit]
        ) { ResourceName(owner: try $0.name("owner_name"), collection: collection, name: try $0.name("name")) }
    }
}
