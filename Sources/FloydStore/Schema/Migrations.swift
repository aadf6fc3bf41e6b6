import GRDB

/// The steps from an empty file to the schema this build speaks. A step that was released is never edited: a change is a new step.
enum Migrations {
    /// Marks a file as one of ours (`PRAGMA application_id`): "Flyd".
    static let applicationID = 0x466C_7964

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("2026-11-22 first schema") { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            for statement in FirstSchema.statements { try db.execute(sql: statement) }
        }
        migrator.registerMigration("2026-11-22 attempts") { db in
            for statement in SecondSchema.statements { try db.execute(sql: statement) }
        }
        migrator.registerMigration("2026-11-23 ends of data") { db in
            for statement in ThirdSchema.statements { try db.execute(sql: statement) }
        }
        migrator.registerMigration("2026-11-23 archives") { db in
            for statement in FourthSchema.statements { try db.execute(sql: statement) }
        }
        migrator.registerMigration("2026-11-23 request keys") { db in
            for statement in FifthSchema.statements { try db.execute(sql: statement) }
        }
        migrator.registerMigration("2026-11-23 sessions") { db in
            for statement in SixthSchema.statements { try db.execute(sql: statement) }
        }
        migrator.registerMigration("2026-11-23 lineages") { db in
            for statement in SeventhSchema.statements { try db.execute(sql: statement) }
        }
        migrator.registerMigration("2026-11-23 ends of jobs") { db in
            for statement in EighthSchema.statements { try db.execute(sql: statement) }
        }
        migrator.registerMigration("2026-11-23 hashes of contents") { db in
            for statement in NinthSchema.statements { try db.execute(sql: statement) }
        }
        return migrator
    }
}
