/// The seventh step: what a tree is made of is kept as what it changed of the tree before, so that a version of many files of which few are new
/// takes few rows.
///
/// Trees that were made one from the other are a lineage, in which each has a position. A row says that one content is in those trees of a lineage
/// whose position is at least `since` and below `until`, and in how many files of each. It holds always, that:
///
/// - every row is in one tree at least: what deletes a tree deletes the rows that are in no other (the trigger);
/// - `until` is NULL where the content is in the lineage's latest tree, and only there: the next one is told from it alone.
enum SeventhSchema {
    static let statements = trees + contents

    /// Each tree that is there is a lineage of its own.
    private static let trees = [
        "ALTER TABLE trees ADD COLUMN lineage INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE trees ADD COLUMN position INTEGER NOT NULL DEFAULT 0 CHECK (position >= 0)",
        "UPDATE trees SET lineage = pk",
        "CREATE UNIQUE INDEX trees_by_lineage ON trees (lineage, position)",
    ]

    private static let contents = [
        """
        CREATE TABLE tree_spans (
            lineage INTEGER NOT NULL,
            since INTEGER NOT NULL CHECK (since >= 0),
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            executable INTEGER NOT NULL CHECK (executable IN (0, 1)),
            until INTEGER CHECK (until > since),
            -- NULL: listed before sizes were kept, and not looked up yet.
            bytes INTEGER CHECK (bytes >= 0),
            -- How many files of the tree are this content.
            files INTEGER NOT NULL CHECK (files >= 1),
            PRIMARY KEY (lineage, since, sha256, executable)
        ) STRICT, WITHOUT ROWID
        """,
        """
        INSERT INTO tree_spans (lineage, since, sha256, executable, bytes, files)
        SELECT tree, 0, sha256, executable, bytes, files FROM tree_contents ORDER BY tree, sha256, executable
        """,
        "DROP TABLE tree_contents",
        "ALTER TABLE tree_spans RENAME TO tree_contents",
        "CREATE INDEX tree_contents_by_content ON tree_contents (sha256, executable)",
        "CREATE INDEX tree_contents_unsized ON tree_contents (lineage) WHERE bytes IS NULL",
        """
        CREATE TRIGGER trees_let_go AFTER DELETE ON trees BEGIN
            DELETE FROM tree_contents
            WHERE lineage = OLD.lineage AND since <= OLD.position AND (until IS NULL OR until > OLD.position)
                AND NOT EXISTS (
                    SELECT 1 FROM trees t WHERE t.lineage = OLD.lineage AND t.position >= since
                        AND (until IS NULL OR t.position < until)
                );
            UPDATE tree_contents SET until = NULL
            WHERE lineage = OLD.lineage
                AND until > (SELECT MAX(t.position) FROM trees t WHERE t.lineage = OLD.lineage);
        END
        """,
    ]
}
