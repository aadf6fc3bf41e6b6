/// The fifth step: requests that are to be done once, however often they come.
enum FifthSchema {
    static let statements = [
        """
        CREATE TABLE request_keys (
            user INTEGER NOT NULL REFERENCES users (pk) ON DELETE CASCADE,
            key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
            -- SHA-256 of what the request said.
            fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
            -- What was answered, or what the answer is made of again.
            answer BLOB NOT NULL,
            created INTEGER NOT NULL,
            PRIMARY KEY (user, key)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX request_keys_by_age ON request_keys (created)",
    ]
}
