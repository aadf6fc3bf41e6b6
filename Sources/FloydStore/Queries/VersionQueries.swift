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
    /// - Parameters:
    ///   - upload: what became the tree.
    ///   - grace: for how long after `now` that upload is kept, to be asked for again: then the version alone needs the tree.
    /// - Throws: `FloydError` with `datasetNotFound`, or with `notFound` if the dataset's owner has no such tree; `AnsweredBefore` if the
    ///   request was done already.
    public func add(
        to dataset: ObjectID,
        tree: ObjectID,
        message: String?,
        id: ObjectID = ObjectID(),
        from upload: ObjectID? = nil,
        at now: Date,
        grace: TimeInterval = 0,
        once: KeyedWrite<DatasetVersionRecord>? = nil
    ) async throws -> DatasetVersionRecord {
        try await store.write { db in
            try RequestKeyQueries.once(once, db) {
                let resource = try db.first(ResourceQueries.select(.datasets) + " WHERE r.id = ?", [dataset.string]) {
                    try ResourceRecord($0, .datasets)
                }
                guard let resource else { throw FloydError(.datasetNotFound, "there is no dataset \(dataset)") }
                let end = now.addingTimeInterval(grace).milliseconds
                try db.run(
                    "UPDATE uploads SET expires = MIN(expires, ?) WHERE id = ? AND state = 'committed'",
                    [end, upload?.string]
                )
                return try Self.insert(into: resource, tree: tree, message: message, id: id, at: now, db)
            }
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
            INSERT INTO dataset_versions (id, dataset, owner, number, tree, message, created, shared)
            SELECT ?, d.pk, d.owner, ?, t.pk, ?, ?, \(Self.shared)
            FROM datasets d JOIN trees t ON t.owner = d.owner WHERE d.pk = ? AND t.id = ?
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

    /// Bytes of the files of a tree `t` whose contents the newest version of a dataset `d` has, too.
    private static let shared = """
        (
            SELECT COALESCE(SUM(c.bytes * c.files), 0)
            FROM trees p JOIN tree_contents c ON \(TreeLineage.has("t", "c")) AND \(TreeLineage.haveBoth("p", "c"))
            WHERE p.pk = (
                SELECT tree FROM dataset_versions WHERE dataset = d.pk AND deleted IS NULL ORDER BY number DESC LIMIT 1
            )
        )
        """

    /// Says what versions share that were made before that was kept.
    public func completeShares() async throws {
        let sql = "SELECT 1 FROM dataset_versions WHERE shared IS NULL AND deleted IS NULL LIMIT 1"
        // Nearly always there are none, and nothing is to be synced.
        guard try await store.read({ try $0.integer(sql) }) != nil else { return }
        try await store.write { db in
            _ = try db.run(
                """
                UPDATE dataset_versions AS v SET shared = (
                    SELECT COALESCE(SUM(c.bytes * c.files), 0)
                    FROM trees t JOIN trees p JOIN tree_contents c
                        ON \(TreeLineage.has("t", "c")) AND \(TreeLineage.haveBoth("p", "c"))
                    WHERE t.pk = v.tree AND p.pk = (
                        SELECT b.tree FROM dataset_versions b
                        WHERE b.dataset = v.dataset AND b.number < v.number AND b.deleted IS NULL
                        ORDER BY b.number DESC LIMIT 1
                    )
                ) WHERE v.shared IS NULL AND v.deleted IS NULL
                """
            )
        }
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
            let (condition, id) =
                switch scope {
                case .dataset(let id): ("d.id = ?", id)
                case .owner(let id): ("u.id = ?", id)
                }
            var last = Int64.max
            if let before {
                // One that was never in the list may be another's.
                let sql = """
                    SELECT v.pk FROM dataset_versions v JOIN datasets d ON d.pk = v.dataset JOIN users u ON u.pk = v.owner
                    WHERE v.id = ? AND \(condition)
                    """
                last = try db.pageEnd(sql, before, of: id)
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
