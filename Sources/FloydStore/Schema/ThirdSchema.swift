/// The third step: versions can be deleted, contents have sizes, and trees a time until which somebody may be about to use them.
enum ThirdSchema {
    static let statements = contents + trees + versions

    private static let contents = [
        // NULL: listed before sizes were kept, and not looked up yet.
        "ALTER TABLE tree_contents ADD COLUMN bytes INTEGER CHECK (bytes >= 0)",
        // How many files of the tree are this content.
        "ALTER TABLE tree_contents ADD COLUMN files INTEGER NOT NULL DEFAULT 1 CHECK (files >= 1)",
        "CREATE INDEX tree_contents_unsized ON tree_contents (tree) WHERE bytes IS NULL",
    ]

    private static let trees = [
        // Milliseconds since 1970, as all times: whoever is told of a tree may use it until then, whatever else needs it.
        "ALTER TABLE trees ADD COLUMN needed_until INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX trees_by_digest ON trees (digest)",
        "CREATE INDEX uploads_committed ON uploads (expires) WHERE state = 'committed'",
    ]

    /// A version that is deleted keeps its number, which is never given again, and its name, for the jobs that used it; it lets go of its tree.
    private static let versions = [
        """
        CREATE TABLE dataset_versions_with_ends (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            dataset INTEGER NOT NULL,
            owner INTEGER NOT NULL,
            number INTEGER NOT NULL CHECK (number >= 1),
            tree INTEGER,
            message TEXT,
            created INTEGER NOT NULL,
            -- Bytes of its files whose contents the version before has too. NULL: made before this was kept.
            shared INTEGER CHECK (shared >= 0),
            deleted INTEGER,
            UNIQUE (dataset, number),
            FOREIGN KEY (dataset, owner) REFERENCES datasets (pk, owner),
            FOREIGN KEY (tree, owner) REFERENCES trees (pk, owner),
            CHECK ((deleted IS NULL) = (tree IS NOT NULL))
        ) STRICT
        """,
        """
        INSERT INTO dataset_versions_with_ends (pk, id, dataset, owner, number, tree, message, created)
        SELECT pk, id, dataset, owner, number, tree, message, created FROM dataset_versions
        """,
        "DROP TABLE dataset_versions",
        "ALTER TABLE dataset_versions_with_ends RENAME TO dataset_versions",
        "CREATE INDEX dataset_versions_by_tree ON dataset_versions (tree) WHERE tree IS NOT NULL",
    ]
}
