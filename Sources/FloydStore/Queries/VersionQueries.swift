public import FloydModel
public import FoundationEssentials
import GRDB

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
    }

    public func get(_ id: ObjectID) async throws -> DatasetVersionRecord? {
        try await store.read { try Self.version("v.id = ?", [id.string], $0) }
    }

    /// The versions of a dataset, the newest first.
    ///
    /// - Parameter before: only versions with smaller numbers: the last of the page before.
    public func list(of dataset: ObjectID, before: Int? = nil, limit: Int) async throws -> [DatasetVersionRecord] {
        try await store.read { db in
            try db.all(
                DatasetVersionRecord.select + " WHERE d.id = ? AND v.number < ? ORDER BY v.number DESC LIMIT ?",
                [dataset.string, before ?? Int.max, limit]
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
