import FloydModel
import GRDB

/// What the database's own errors mean to the rest of the program. Other errors pass as they are.
enum StoreFailure {
    static func translate(_ error: any Error) -> any Error {
        switch error {
        case let error as DatabaseError: translate(error)
        case let error as RowDecodingError:
            FloydError(.internalError, "the database holds a value that makes no sense: \(error)")
        default: error
        }
    }

    private static func translate(_ error: DatabaseError) -> FloydError {
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            FloydError(.unavailable, "the database is busy", hint: "Try again in a moment.")
        case .SQLITE_FULL:
            FloydError(.outOfSpace, "the disk that holds the database is full", hint: "Free some space on the server.")
        case .SQLITE_IOERR:
            // A full disk may look like this, too: SQLite says so of a write alone.
            FloydError(
                .unavailable,
                "the disk that holds the database failed, or is full (\(text(of: error)))",
                hint: "Free some space on the server; if it has enough, look for errors of its disk."
            )
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
            FloydError(
                .unavailable,
                "the database can't be opened for writing (\(text(of: error)))",
                hint: "The data directory must belong to the account that runs floydlited."
            )
        case .SQLITE_NOTADB:
            FloydError(.internalError, "the database file is not a database", hint: "Restore it from a backup.")
        default:
            FloydError(.internalError, "the database refused a statement (\(text(of: error)))")
        }
    }

    /// SQLite's own words, without the statement and its arguments, which may hold what others must not read.
    private static func text(of error: DatabaseError) -> String {
        "SQLite error \(error.extendedResultCode.rawValue): \(error.message ?? "no message")"
    }
}
