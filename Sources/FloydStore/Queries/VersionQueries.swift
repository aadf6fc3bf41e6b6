public import FloydModel
public import FoundationEssentials
import GRDB

/// Which versions a list shows.
public enum VersionScope: Sendable, Hashable {
    /// Those of the dataset of this id.
    case dataset(ObjectID)
    /// Those of the account of this id.
    case owner(ObjectID)
}

/// Dataset versions.
public struct VersionQueries: Sendable {
    let store: Store

    /// Makes a committed tree the next version of a dataset of the same owner. The version appears whole, with its number, or not
    /// at all.
    ///
    /// - Throws: `FloydError` with `datasetNotFound`, or with `notFound` if the dataset's owner has no such tree.
    public func add(
        to dataset: ObjectID,
        tree: ObjectID,
        message: String?,
        id: ObjectID = ObjectID(),
        at now: Date
    ) async throws -> DatasetVersionRecord {
        try await store.write { db in
            let resource = try db.first(ResourceQueries.select(.datasets) + " WHERE r.id = ?", [dataset.string]) {
                try ResourceRecord($0, .datasets)
            }
            guard let resource else { throw FloydError(.datasetNotFound, "there is no dataset \(dataset)") }
            return try Self.insert(into: resource, tree: tree, message: message, id: id, at: now, db)
        }
    }

    static func insert(
        into resource: ResourceRecord,
        tree: ObjectID,
        message: String?,
        id: ObjectID = ObjectID(),
        at now: Date,
        _ db: Database
    ) throws -> DatasetVersionRecord {
        let inserted = try db.run(
            """
            INSERT INTO dataset_versions (id, dataset, owner, number, tree, message, created)
            SELECT ?, d.pk, d.owner, ?, t.pk, ?, ? FROM datasets d JOIN trees t ON t.owner = d.owner
            WHERE d.pk = ? AND t.id = ?
            """,
            [
                id.string, ResourceQueries.takeNumber(resource, db), message, now.milliseconds, resource.pk,
                tree.string,
            ]
        )
        guard inserted == 1, let version = try Self.version("v.id = ?", [id.string], db) else {
            throw FloydError(.notFound, "there is no tree \(tree)", hint: "Commit the upload first.")
        }
        return version
    }

    public func get(_ id: ObjectID) async throws -> DatasetVersionRecord? {
        try await store.read { try Self.version("v.id = ?", [id.string], $0) }
    }

    /// The versions in `scope`, the newest first.
    ///
    /// - Parameter before: the last version of the page before.
    /// - Throws: `FloydError` with `invalidRequest` if `before` is no version.
    public func list(_ scope: VersionScope, before: ObjectID? = nil, limit: Int) async throws -> [DatasetVersionRecord]
    {
        try await store.read { db in
            var last = Int64.max
            if let before {
                guard let pk = try db.integer("SELECT pk FROM dataset_versions WHERE id = ?", [before.string]) else {
                    throw FloydError(
                        .invalidRequest,
                        "there is no page behind \(before)",
                        hint: "Begin at the first page."
                    )
                }
                last = pk
            }
            let (condition, id) =
                switch scope {
                case .dataset(let id): ("d.id = ?", id)
                case .owner(let id): ("u.id = ?", id)
                }
            return try db.all(
                DatasetVersionRecord.select + " WHERE \(condition) AND v.pk < ? ORDER BY v.pk DESC LIMIT ?",
                [id.string, last, limit]
            ) { try DatasetVersionRecord($0) }
        }
    }

    static func version(
        _ condition: String,
        _ arguments: StatementArguments,
        _ db: Database
    ) throws -> DatasetVersionRecord? {
        try db.first("\(DatasetVersionRecord.select) WHERE \(condition)", arguments) { try DatasetVersionRecord($0) }
    }
}
