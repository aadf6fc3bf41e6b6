/// The sixth step: sessions of the web login are tokens that another token began.
enum SixthSchema {
    static let statements = [
        // NULL: a token that somebody holds. Else the token that the session was begun with, which it doesn't outlive.
        "ALTER TABLE tokens ADD COLUMN session_of INTEGER REFERENCES tokens (pk)",
        "CREATE INDEX tokens_by_session ON tokens (session_of) WHERE session_of IS NOT NULL",
    ]
}
