import FloydModel
import GRDB

/// Where the contents of a tree are listed before they are sorted into the database, in which each would go to a page of its own: a
/// temporary table of the writer's connection, on disk, out of sight of other connections, and gone with this one.
enum TreeStaging {
    /// Lists what `contents` gives. Nothing is locked meanwhile that another process could wait for.
    static func fill(_ db: Database, _ contents: TreeContent.Source) throws {
        try fill(db) { statement in
            try contents { try statement.execute(arguments: [$0.hash, $0.isExecutable, $1, 1]) }
        }
    }

    /// The same for what a tree has that another one hasn't, and the other way round.
    static func fill(_ db: Database, _ difference: TreeDifference) throws {
        try fill(db) { statement in
            try difference.changes { try statement.execute(arguments: [$0.hash, $0.isExecutable, $1, $2]) }
        }
    }

    private static func fill(_ db: Database, _ insert: (Statement) throws -> Void) throws {
        try db.inTransaction(.deferred) {
            // What a call before could not remove is no concern of this one.
            try db.execute(sql: "DROP TABLE IF EXISTS temp.staged_contents")
            try db.execute(
                sql:
                    """
                    CREATE TEMP TABLE staged_contents (
                        hash BLOB NOT NULL, executable INTEGER NOT NULL, bytes INTEGER NOT NULL, files INTEGER NOT NULL
                    )
                    """
            )
            let statement = try db.cachedStatement(sql: "INSERT INTO staged_contents VALUES (?, ?, ?, ?)")
            try insert(statement)
            return .commit
        }
    }

    /// Makes the listed contents those of the first tree of a lineage, each once, with the number of its files.
    static func move(to lineage: Int64, _ db: Database) throws {
        try db.run(
            """
            INSERT INTO tree_contents (lineage, since, hash, executable, bytes, files)
            SELECT ?, 0, hash, executable, MAX(bytes), SUM(files) FROM staged_contents GROUP BY hash, executable
            """,
            [lineage]
        )
    }

    /// Makes the listed changes those from the latest tree of a lineage to the next one.
    static func change(to place: TreeLineage.Place, _ db: Database) throws {
        let changes = """
            SELECT hash, executable, MAX(bytes) AS bytes, SUM(files) AS files FROM staged_contents
            GROUP BY hash, executable HAVING SUM(files) <> 0
            """
        let present = try db.cachedStatement(
            sql: """
                UPDATE tree_contents SET until = ?
                WHERE hash = ? AND executable = ? AND lineage = ? AND until IS NULL RETURNING files
                """
        )
        let added = try db.cachedStatement(
            sql: """
                INSERT INTO tree_contents (lineage, since, hash, executable, bytes, files) VALUES (?, ?, ?, ?, ?, ?)
                """
        )
        let rows = try Row.fetchCursor(db, sql: changes)
        while let row = try rows.next() {
            let columns = Columns(row: row)
            let content = TreeContent(
                hash: try columns.value("hash"),
                isExecutable: try columns.value("executable")
            )
            let before = try Int.fetchAll(
                present,
                arguments: [place.position, content.hash, content.isExecutable, place.lineage]
            ).first
            let files = try (before ?? 0) + columns.value("files")
            guard files >= 0 else {
                throw FloydError(.internalError, "a tree is told from another that hasn't what it lacks")
            }
            guard files > 0 else { continue }
            try added.execute(
                arguments: [
                    place.lineage, place.position, content.hash, content.isExecutable,
                    try columns.value("bytes") as Int64, files,
                ]
            )
        }
    }

    static func empty(_ db: Database) {
        // What a failure leaves is removed by the next `fill`.
        try? db.execute(sql: "DROP TABLE IF EXISTS staged_contents")
    }
}
