public import FloydModel
public import FoundationEssentials
import GRDB

/// Projects and datasets.
public struct ResourceQueries: Sendable {
    let store: Store

    /// The owner's project or dataset of this name, made if there is none.
    ///
    /// - Parameter isPublic: whether every account may see it from now on, also where it was there; nil: one that is made is private, and
    ///   another stays as it is.
    /// - Throws: `FloydError` with `notFound` if there is no such account; `AnsweredBefore` if the request was done already.
    public func createOrGet(
        _ collection: FloydModel.Collection,
        _ name: Name,
        owner: ObjectID,
        isPublic: Bool? = nil,
        at now: Date,
        once: KeyedWrite<ResourceRecord>? = nil
    ) async throws -> ResourceRecord {
        try await store.write { db in
            try RequestKeyQueries.once(once, db) {
                var resource = try Self.createOrGet(collection, name, owner, now, db)
                if let isPublic, isPublic != resource.isPublic {
                    try Self.setPublic(isPublic, collection, resource.id, db)
                    resource.isPublic = isPublic
                }
                return resource
            }
        }
    }

    public func get(_ collection: FloydModel.Collection, _ id: ObjectID) async throws -> ResourceRecord? {
        try await store.read { db in
            try db.first(Self.select(collection) + " WHERE r.id = ?", [id.string]) {
                try ResourceRecord($0, collection)
            }
        }
    }

    /// What an account owns, in the order of the names.
    ///
    /// - Parameter last: the last one of the page before; its name alone counts, whether it is still there or not.
    public func list(
        _ collection: FloydModel.Collection,
        owner: ObjectID,
        behind last: Name? = nil,
        limit: Int = .max
    ) async throws -> [ResourceRecord] {
        try await store.read { db in
            try db.all(
                Self.select(collection) + " WHERE u.id = ? AND r.name > ? ORDER BY r.name LIMIT ?",
                [owner.string, last?.string ?? "", limit]
            ) { try ResourceRecord($0, collection) }
        }
    }

    /// The owner's project or dataset of this name.
    public func get(
        _ collection: FloydModel.Collection,
        _ name: Name,
        owner: ObjectID
    ) async throws -> ResourceRecord? {
        try await store.read { db in
            try db.first(Self.select(collection) + " WHERE u.id = ? AND r.name = ?", [owner.string, name.string]) {
                try ResourceRecord($0, collection)
            }
        }
    }

    /// Lets every account see it, with all its versions or jobs, or only its owner and admins.
    ///
    /// - Returns: as it is now, or nil if there is none.
    public func setPublic(
        _ isPublic: Bool,
        _ collection: FloydModel.Collection,
        _ id: ObjectID
    ) async throws -> ResourceRecord? {
        try await store.write { db in
            try Self.setPublic(isPublic, collection, id, db)
            return try db.first(Self.select(collection) + " WHERE r.id = ?", [id.string]) {
                try ResourceRecord($0, collection)
            }
        }
    }

    private static func setPublic(
        _ isPublic: Bool,
        _ collection: FloydModel.Collection,
        _ id: ObjectID,
        _ db: Database
    ) throws {
        try db.run("UPDATE \(collection.rawValue) SET public = ? WHERE id = ?", [isPublic, id.string])
    }

    static func select(_ collection: FloydModel.Collection) -> String {
        "SELECT \(ResourceRecord.columns) FROM \(collection.rawValue) r JOIN users u ON u.pk = r.owner"
    }

    static func createOrGet(
        _ collection: FloydModel.Collection,
        _ name: Name,
        _ owner: ObjectID,
        _ now: Date,
        _ db: Database
    ) throws -> ResourceRecord {
        let find = select(collection) + " WHERE u.id = ? AND r.name = ?"
        let key: StatementArguments = [owner.string, name.string]
        if let found = try db.first(find, key, { try ResourceRecord($0, collection) }) { return found }
        try db.run(
            """
            INSERT INTO \(collection.rawValue) (id, owner, name, created) SELECT ?, pk, ?, ? FROM users WHERE id = ?
            """,
            [ObjectID().string, name.string, now.milliseconds, owner.string]
        )
        guard let made = try db.first(find, key, { try ResourceRecord($0, collection) }) else {
            throw FloydError(.notFound, "there is no user \(owner)")
        }
        return made
    }

    /// The next number of a project or dataset, which nothing else ever gets.
    static func takeNumber(_ resource: ResourceRecord, _ db: Database) throws -> Int64 {
        let number = try db.integer(
            """
            UPDATE \(resource.name.collection.rawValue) SET next_number = next_number + 1
            WHERE pk = ? RETURNING next_number - 1
            """,
            [resource.pk]
        )
        guard let number else { throw FloydError(.internalError, "\(resource.name) vanished") }
        return number
    }
}
