/// The eighth step: jobs, and what they left, can be deleted.
///
/// A job that is deleted keeps its number, which is never given again, and its name, for the jobs that used its output; it lets go of its code.
enum EighthSchema {
    static let statements = jobs + events

    private static let columns = """
        pk, id, project, owner, number, code, command, environment, instance_type, cpus, memory, gpus, message, max_runtime,
            retries, state, outcome, exit_code, signal, reason, attempt, created, claimed, started, finished, retries_used, stop_grace
        """

    private static let jobs = [
        """
        CREATE TABLE jobs_with_ends (
            pk INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 22),
            project INTEGER NOT NULL,
            owner INTEGER NOT NULL,
            number INTEGER NOT NULL CHECK (number >= 1),
            code INTEGER,
            command TEXT NOT NULL CHECK (command <> '' OR deleted IS NOT NULL),
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
            retries_used INTEGER NOT NULL DEFAULT 0 CHECK (retries_used >= 0),
            -- Seconds between SIGTERM and SIGKILL, of a job that was told to stop; NULL: what the attempt was started with.
            stop_grace INTEGER CHECK (stop_grace >= 0),
            deleted INTEGER,
            -- When its output alone was.
            output_deleted INTEGER,
            -- Which of its files are yet to be removed: all, or its output.
            leftover TEXT CHECK (leftover IN ('job', 'output')),
            UNIQUE (project, number),
            FOREIGN KEY (project, owner) REFERENCES projects (pk, owner),
            FOREIGN KEY (code, owner) REFERENCES trees (pk, owner),
            CHECK ((state = 'finished') = (outcome IS NOT NULL)),
            CHECK ((state = 'finished') = (finished IS NOT NULL)),
            CHECK (state = 'finished' OR (exit_code IS NULL AND signal IS NULL)),
            CHECK (state <> 'queued' OR (claimed IS NULL AND started IS NULL)),
            CHECK (state NOT IN ('starting', 'running', 'stopping') OR (attempt >= 1 AND claimed IS NOT NULL)),
            CHECK (state <> 'starting' OR started IS NULL),
            CHECK (state <> 'running' OR started IS NOT NULL),
            CHECK ((deleted IS NULL) = (code IS NOT NULL)),
            CHECK (state = 'finished' OR (deleted IS NULL AND output_deleted IS NULL)),
            CHECK (leftover IS NULL OR leftover = 'job' AND deleted IS NOT NULL OR leftover = 'output' AND output_deleted IS NOT NULL)
        ) STRICT
        """,
        "INSERT INTO jobs_with_ends (\(columns)) SELECT \(columns) FROM jobs",
        "DROP TABLE jobs",
        "ALTER TABLE jobs_with_ends RENAME TO jobs",
        // With the rowid in each entry they also give the order of submission.
        "CREATE INDEX jobs_by_state ON jobs (state)",
        "CREATE INDEX jobs_by_owner ON jobs (owner)",
        "CREATE INDEX jobs_by_code ON jobs (code) WHERE code IS NOT NULL",
        "CREATE INDEX jobs_deleted ON jobs (deleted) WHERE deleted IS NOT NULL",
        "CREATE INDEX jobs_with_leftovers ON jobs (leftover) WHERE leftover IS NOT NULL",
    ]

    /// What happens to a job that is no move.
    private static let events = [
        """
        ALTER TABLE events ADD COLUMN kind TEXT NOT NULL DEFAULT 'move' CHECK (kind IN ('move', 'output_deleted', 'deleted'))
        """
    ]
}
