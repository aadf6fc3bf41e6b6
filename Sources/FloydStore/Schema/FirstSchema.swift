/// The first schema. What it says everywhere:
///
/// - `pk` is the rowid that other tables refer to, `id` the 22-character name of the same row outside.
/// - Times are milliseconds since 1970.
/// - Where a row belongs to an owner, whatever it refers to must be the same owner's: the references are on (pk, owner).
enum FirstSchema {
    static let statements = accounts + resources + data + jobs

    private static let accounts = [
        """
        CREATE TABLE users (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
            role TEXT NOT NULL CHECK (role IN ('user', 'admin')),
            -- Which uid of the configured range the account's jobs run under. Never given to another account: files may outlive it.
            host_uid_offset INTEGER NOT NULL UNIQUE CHECK (host_uid_offset >= 0),
            created INTEGER NOT NULL,
            disabled INTEGER
        ) STRICT
        """,
        """
        CREATE TABLE tokens (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
            user INTEGER NOT NULL REFERENCES users (pk),
            label TEXT NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER,
            last_used INTEGER,
            revoked INTEGER
        ) STRICT
        """,
        "CREATE INDEX tokens_by_user ON tokens (user)",
    ]

    private static let resources = ["projects", "datasets"].map { table in
        """
        CREATE TABLE \(table) (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            owner INTEGER NOT NULL REFERENCES users (pk),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
            -- Counts up alone, so that the number of something deleted is never given again.
            next_number INTEGER NOT NULL DEFAULT 1 CHECK (next_number >= 1),
            public INTEGER NOT NULL DEFAULT 0 CHECK (public IN (0, 1)),
            created INTEGER NOT NULL,
            UNIQUE (owner, name),
            UNIQUE (pk, owner)
        ) STRICT
        """
    }

    private static let data = [
        """
        CREATE TABLE trees (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            owner INTEGER NOT NULL REFERENCES users (pk),
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            files INTEGER NOT NULL CHECK (files >= 0),
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            created INTEGER NOT NULL,
            UNIQUE (owner, digest),
            UNIQUE (pk, owner)
        ) STRICT
        """,
        """
        CREATE TABLE tree_contents (
            tree INTEGER NOT NULL REFERENCES trees (pk) ON DELETE CASCADE,
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            executable INTEGER NOT NULL CHECK (executable IN (0, 1)),
            PRIMARY KEY (tree, sha256, executable)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX tree_contents_by_content ON tree_contents (sha256, executable)",
        """
        CREATE TABLE uploads (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            owner INTEGER NOT NULL REFERENCES users (pk),
            state TEXT NOT NULL CHECK (state IN ('receiving', 'complete', 'committed')),
            -- Unknown while the client's hashes follow its contents.
            digest BLOB CHECK (length(digest) = 32),
            files INTEGER NOT NULL CHECK (files >= 0),
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            length INTEGER NOT NULL CHECK (length >= 0),
            missing INTEGER NOT NULL CHECK (missing BETWEEN 0 AND files),
            tree INTEGER,
            created INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            FOREIGN KEY (tree, owner) REFERENCES trees (pk, owner),
            CHECK ((state = 'committed') = (tree IS NOT NULL)),
            CHECK (state <> 'committed' OR digest IS NOT NULL)
        ) STRICT
        """,
        "CREATE INDEX uploads_unfinished ON uploads (expires) WHERE state <> 'committed'",
        "CREATE INDEX uploads_by_tree ON uploads (tree)",
        """
        CREATE TABLE dataset_versions (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            dataset INTEGER NOT NULL,
            owner INTEGER NOT NULL,
            number INTEGER NOT NULL CHECK (number >= 1),
            tree INTEGER NOT NULL,
            message TEXT,
            created INTEGER NOT NULL,
            UNIQUE (dataset, number),
            FOREIGN KEY (dataset, owner) REFERENCES datasets (pk, owner),
            FOREIGN KEY (tree, owner) REFERENCES trees (pk, owner)
        ) STRICT
        """,
        "CREATE INDEX dataset_versions_by_tree ON dataset_versions (tree)",
    ]

    private static let jobs = [
        """
        CREATE TABLE jobs (
            pk INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            project INTEGER NOT NULL,
            owner INTEGER NOT NULL,
            number INTEGER NOT NULL CHECK (number >= 1),
            code INTEGER NOT NULL,
            command TEXT NOT NULL CHECK (command <> ''),
            environment TEXT NOT NULL,
            instance_type TEXT NOT NULL,
            cpus INTEGER NOT NULL CHECK (cpus >= 0),
            memory INTEGER NOT NULL CHECK (memory >= 0),
            gpus INTEGER NOT NULL CHECK (gpus >= 0),
            message TEXT,
            max_runtime INTEGER CHECK (max_runtime > 0),
            retries INTEGER NOT NULL CHECK (retries >= 0),
            state TEXT NOT NULL CHECK (state IN ('queued', 'starting', 'running', 'stopping', 'finished')),
            outcome TEXT CHECK (outcome IN ('success', 'failed', 'timeout', 'shutdown', 'lost')),
            exit_code INTEGER,
            signal INTEGER,
            reason TEXT,
            attempt INTEGER NOT NULL CHECK (attempt >= 0),
            created INTEGER NOT NULL,
            claimed INTEGER,
            started INTEGER,
            finished INTEGER,
            UNIQUE (project, number),
            FOREIGN KEY (project, owner) REFERENCES projects (pk, owner),
            FOREIGN KEY (code, owner) REFERENCES trees (pk, owner),
            CHECK ((state = 'finished') = (outcome IS NOT NULL)),
            CHECK ((state = 'finished') = (finished IS NOT NULL)),
            CHECK (state = 'finished' OR (exit_code IS NULL AND signal IS NULL)),
            CHECK (state <> 'queued' OR (claimed IS NULL AND started IS NULL)),
            CHECK (state NOT IN ('starting', 'running', 'stopping') OR (attempt >= 1 AND claimed IS NOT NULL)),
            CHECK (state <> 'starting' OR started IS NULL),
            CHECK (state <> 'running' OR started IS NOT NULL)
        ) STRICT
        """,
        // With the rowid in each entry they also give the order of submission.
        "CREATE INDEX jobs_by_state ON jobs (state)",
        "CREATE INDEX jobs_by_owner ON jobs (owner)",
        "CREATE INDEX jobs_by_code ON jobs (code)",
        """
        CREATE TABLE job_inputs (
            job INTEGER NOT NULL REFERENCES jobs (pk) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            mount TEXT NOT NULL CHECK (mount NOT IN ('', '.', '..') AND instr(mount, '/') = 0),
            named INTEGER NOT NULL CHECK (named IN (0, 1)),
            version INTEGER REFERENCES dataset_versions (pk),
            source_job INTEGER REFERENCES jobs (pk),
            PRIMARY KEY (job, position),
            UNIQUE (job, mount),
            CHECK ((version IS NULL) <> (source_job IS NULL))
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX job_inputs_by_version ON job_inputs (version) WHERE version IS NOT NULL",
        "CREATE INDEX job_inputs_by_source_job ON job_inputs (source_job) WHERE source_job IS NOT NULL",
        """
        CREATE TABLE job_gpus (
            job INTEGER NOT NULL REFERENCES jobs (pk) ON DELETE CASCADE,
            attempt INTEGER NOT NULL CHECK (attempt >= 1),
            gpu INTEGER NOT NULL CHECK (gpu >= 0),
            PRIMARY KEY (job, attempt, gpu)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            job INTEGER NOT NULL REFERENCES jobs (pk) ON DELETE CASCADE,
            attempt INTEGER NOT NULL CHECK (attempt >= 0),
            state TEXT NOT NULL CHECK (state IN ('queued', 'starting', 'running', 'stopping', 'finished')),
            outcome TEXT CHECK (outcome IN ('success', 'failed', 'timeout', 'shutdown', 'lost')),
            reason TEXT,
            at INTEGER NOT NULL,
            CHECK ((state = 'finished') = (outcome IS NOT NULL))
        ) STRICT
        """,
        "CREATE INDEX events_by_job ON events (job)",
    ]
}
