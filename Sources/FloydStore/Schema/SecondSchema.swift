/// The second step: attempts have rows of their own, and jobs know of retries and of how they are stopped.
enum SecondSchema {
    static let statements = [
        """
        CREATE TABLE attempts (
            job INTEGER NOT NULL REFERENCES jobs (pk) ON DELETE CASCADE,
            number INTEGER NOT NULL CHECK (number >= 1),
            -- NULL while it lasts, and for one that never came to a start.
            outcome TEXT CHECK (outcome IN ('success', 'failed', 'timeout', 'shutdown', 'lost')),
            exit_code INTEGER,
            signal INTEGER,
            reason TEXT,
            claimed INTEGER NOT NULL,
            started INTEGER,
            finished INTEGER,
            duration_ms INTEGER CHECK (duration_ms >= 0),
            -- When its command started as the machine counts since its start, and which start that was.
            boot_id TEXT,
            boot_ns INTEGER,
            PRIMARY KEY (job, number),
            CHECK (finished IS NOT NULL OR (outcome IS NULL AND exit_code IS NULL AND signal IS NULL)),
            CHECK ((boot_id IS NULL) = (boot_ns IS NULL))
        ) STRICT, WITHOUT ROWID
        """,
        "ALTER TABLE jobs ADD COLUMN retries_used INTEGER NOT NULL DEFAULT 0 CHECK (retries_used >= 0)",
        // Seconds between SIGTERM and SIGKILL, of a job that was told to stop; NULL: what the attempt was started with.
        "ALTER TABLE jobs ADD COLUMN stop_grace INTEGER CHECK (stop_grace >= 0)",
        backfill,
    ]

    /// Every claim is an event. What the job's own row no longer knows of an attempt stands in the events that follow; how an attempt
    /// ended, in the job's row alone, and only of the one that it ended with.
    private static let backfill = """
        INSERT INTO attempts (job, number, outcome, exit_code, signal, reason, claimed, started, finished, duration_ms)
        SELECT e.job, e.attempt,
            CASE WHEN own THEN outcome END,
            CASE WHEN own THEN exit_code END,
            CASE WHEN own THEN signal END,
            CASE WHEN own THEN reason ELSE back_reason END,
            e.claimed_at,
            CASE WHEN own THEN started ELSE e.running_at END,
            CASE WHEN own THEN finished ELSE e.back_at END,
            CASE WHEN own AND started IS NOT NULL AND finished IS NOT NULL THEN MAX(0, finished - started) END
        FROM (
            SELECT c.job, c.attempt, c.at AS claimed_at, j.outcome, j.exit_code, j.signal, j.reason, j.started, j.finished,
                j.attempt = c.attempt AND j.claimed IS NOT NULL AS own,
                (SELECT at FROM events r WHERE r.job = c.job AND r.attempt = c.attempt AND r.state = 'running') AS running_at,
                q.at AS back_at, q.reason AS back_reason
            FROM events c JOIN jobs j ON j.pk = c.job
                LEFT JOIN events q ON q.job = c.job AND q.attempt = c.attempt AND q.state = 'queued'
            WHERE c.state = 'starting'
        ) e
        """
}
