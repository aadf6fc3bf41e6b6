import FloydLab

/// What SQLite's own program says of the database of a server that has ended.
enum DatabaseCheck {
    /// - Returns: a line for the summary.
    static func check(_ dataFolder: String, _ findings: Findings) throws -> String {
        guard let sqlite = Executable.find("sqlite3") else { return "database: not checked, there is no sqlite3" }
        let finished = try Command(
            sqlite,
            ["\(dataFolder)/floydlite.db", "PRAGMA integrity_check; PRAGMA foreign_key_check"]
        )
        .run()
        guard finished.status == 0, finished.output == "ok\n" else {
            findings.add("the database is damaged: \(finished.output)\(finished.errors)")
            return "database: damaged"
        }
        return "database: integrity check ok"
    }
}
