/// The fourth step: uploads may be archives, of which the server makes dataset versions.
enum FourthSchema {
    static let statements = [
        """
        CREATE TABLE archives (
            upload INTEGER PRIMARY KEY REFERENCES uploads (pk) ON DELETE CASCADE,
            -- Of the uploader's dataset; made with the version if there is none.
            dataset TEXT NOT NULL,
            message TEXT,
            -- Upload-Metadata as the client sent it, which it may ask back.
            metadata TEXT,
            -- Why there will be no version.
            failure_code TEXT,
            failure_message TEXT,
            failure_hint TEXT,
            -- The version that was made of it.
            version INTEGER REFERENCES dataset_versions (pk) ON DELETE SET NULL,
            CHECK ((failure_code IS NULL) = (failure_message IS NULL)),
            CHECK (failure_code IS NULL OR version IS NULL)
        ) STRICT
        """,
        "CREATE INDEX archives_by_version ON archives (version) WHERE version IS NOT NULL",
    ]
}
