import FloydModel
import GRDB

/// What an account may see: its own, what is public, and everything if it is an admin.
///
/// The statement that looks for something asks this, so that what may not be seen is never read: not found and not shown take the same
/// steps, and the same time.
struct Visibility {
    private let account: Account

    init(_ account: Account) {
        self.account = account
    }

    /// Of a project or dataset `resource` and its owner `u`, whose arguments are `arguments`.
    static func condition(_ resource: String) -> String {
        "(\(resource).public OR u.id = ? OR ?)"
    }

    var arguments: StatementArguments {
        [account.id.string, account.role == .admin]
    }
}

/// What an account may have meant by a name that isn't there.
struct Suggestions {
    private let collection: FloydModel.Collection
    private let owner: Name?
    private let name: Name
    private let account: Account

    init(_ collection: FloydModel.Collection, _ owner: Name?, _ name: Name, _ account: Account) {
        self.collection = collection
        self.owner = owner
        self.name = name
        self.account = account
    }

    func hint(_ db: Database) throws -> String {
        let names = try Self.visible(collection, account, 1000, db)
        // Short where the person wrote it short.
        let own = names.filter { $0.owner == account.name }.map(\.name.string)
        let nearest =
            if let owner {
                NearestNames.nearest(to: "\(owner)/\(name)", among: names.map { "\($0.owner)/\($0.name)" })
            } else {
                NearestNames.nearest(to: name.string, among: own)
                    + names.filter { $0.owner != account.name && $0.name == name }.map { "\($0.owner)/\($0.name)" }
            }
        if let question = NearestNames.question(Array(nearest.prefix(3))) { return question }
        let (one, make) = collection == .projects ? ("project", "init NAME") : ("dataset", "data init NAME")
        guard !own.isEmpty else { return "You have no \(one) yet; `floydlite \(make)` begins one." }
        let some = own.prefix(5).joined(separator: ", ")
        return "Your \(collection.rawValue): \(some)\(own.count > 5 ? ", …" : "")."
    }

    /// The account's own by name, then others'.
    static func visible(
        _ collection: FloydModel.Collection,
        _ account: Account,
        _ limit: Int,
        _ db: Database
    ) throws -> [ResourceName] {
        try db.all(
            """
            SELECT r.name, u.name AS owner_name FROM \(collection.rawValue) r JOIN users u ON u.pk = r.owner
            WHERE u.id = ?1 OR r.public OR ?2 ORDER BY u.id <> ?1, u.name, r.name LIMIT ?3
            """,
            [account.id.string, account.role == .admin, limit]
        ) { ResourceName(owner: try $0.name("owner_name"), collection: collection, name: try $0.name("name")) }
    }
}
