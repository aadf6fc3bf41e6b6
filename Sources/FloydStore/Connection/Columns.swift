import FloydModel
import FoundationEssentials
import GRDB

/// A row being read. What doesn't decode throws; GRDB's subscripts would end the process.
struct Columns {
    let row: Row

    func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ column: String) throws -> Value {
        try row.decode(Value.self, forColumn: column)
    }

    func id(_ column: String) throws -> ObjectID {
        try known(ObjectID(value(column)), column)
    }

    func optionalID(_ column: String) throws -> ObjectID? {
        let text: String? = try value(column)
        return try text.map { try known(ObjectID($0), column) }
    }

    func name(_ column: String) throws -> Name {
        try known(try? Name(value(column)), column)
    }

    func date(_ column: String) throws -> Date {
        Date(milliseconds: try value(column))
    }

    func optionalDate(_ column: String) throws -> Date? {
        let milliseconds: Int64? = try value(column)
        return milliseconds.map { Date(milliseconds: $0) }
    }

    func word<Word: RawRepresentable<String>>(_ column: String) throws -> Word {
        try known(Word(rawValue: value(column)), column)
    }

    func optionalWord<Word: RawRepresentable<String>>(_ column: String) throws -> Word? {
        let text: String? = try value(column)
        return try text.map { try known(Word(rawValue: $0), column) }
    }

    private func known<Value>(_ value: Value?, _ column: String) throws -> Value {
        guard let value else {
            throw FloydError(.internalError, "the database holds a value that makes no sense in column \(column)")
        }
        return value
    }
}

extension Database {
    /// Every row of a statement, which stays prepared for the next time.
    func all<Record>(
        _ sql: String,
        _ arguments: StatementArguments = [],
        _ make: (Columns) throws -> Record
    ) throws -> [Record] {
        let cursor = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
        var records: [Record] = []
        while let row = try cursor.next() { records.append(try make(Columns(row: row))) }
        return records
    }

    /// The row of a statement that has one at most. It is run to its end, as a `RETURNING` wants.
    func first<Record>(
        _ sql: String,
        _ arguments: StatementArguments = [],
        _ make: (Columns) throws -> Record
    ) throws -> Record? {
        try all(sql, arguments, make).first
    }

    /// Where a list goes on: the key of the row that the page before ended with.
    ///
    /// - Parameter sql: asks for it by the row's id and that of whom or what the list is of.
    /// - Throws: `FloydError` with `invalidRequest` where that list has no such row.
    func pageEnd(_ sql: String, _ last: ObjectID, of whole: ObjectID) throws -> Int64 {
        if let key = try integer(sql, [last.string, whole.string]) { return key }
        throw FloydError(.invalidRequest, "there is no page behind \(last)", hint: "Begin at the first page.")
    }

    /// The integer of a statement that gives one at most: a `pk`, most often; nil for none or NULL.
    func integer(_ sql: String, _ arguments: StatementArguments = []) throws -> Int64? {
        try Int64?.fetchAll(cachedStatement(sql: sql), arguments: arguments).first ?? nil
    }

    /// - Returns: the number of rows that changed.
    @discardableResult
    func run(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
        try cachedStatement(sql: sql).execute(arguments: arguments)
        return changesCount
    }
}
