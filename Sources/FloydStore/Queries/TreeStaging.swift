import FloydModel
import GRDB

/// Where the contents of a tree are listed before they are sorted into the database, in which each would go to a page of its own: a
/// temporary table of the writer's connection, on disk, out of sight of other connections, and gone with this one.
enum TreeStaging {
    /// Lists what `contents` gives. Nothing is locked meanwhile that another process could wait for.
    static func fill(
        _ db: Database,
        _ contents: TreeContent.Source
    ) throws {
        try db.inTransaction(.deferred) {
            try db.execute(
                sql:
                    """
                    CREATE TEMP TABLE staged_contents (
                        sha256 BLOB NOT NULL, executable INTEGER NOT NULL, bytes INTEGER NOT NULL
                    )
                    """
            )
            let statement = try db.cachedStatement(sql: "INSERT INTO staged_contents VALUES (?, ?, ?)")
            try contents { try statement.execute(arguments: [$0.sha256, $0.isExecutable, $1]) }
            return .commit
        }
    }

    /// Makes the listed contents those of a tree, each once, with the number of its files.
    static func move(to tree: Int64, _ db: Database) throws {
        try db.run(
            """
            INSERT INTO tree_contents (tree, sha256, executable, bytes, files)
            SELECT ?, sha256, executable, MAX(bytes), COUNT(*) FROM staged_contents GROUP BY sha256, executable
            """,
            [tree]
        )
    }

    static func empty(_ db: Database) {
        // What a failure leaves is met, and reported, by the next `fill`.
        try? db.execute(sql: "DROP TABLE IF EXISTS staged_contents")
    }
}
