import FloydAPI
import FloydModel
import FoundationEssentials

/// The forms of a log.
enum LogFormat {
    /// Lines for people.
    case text
    /// The job's bytes exactly.
    case raw
    /// One record a line, and the job as the last.
    case json
}

/// A record as `--json` has it: with the attempt whose log it is from.
struct AttemptRecord: Encodable {
    var record: LogRecordMessage
    /// nil: the server didn't say.
    var attempt: Int?

    private enum CodingKeys: CodingKey {
        case attempt
    }

    func encode(to encoder: any Encoder) throws {
        try record.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(attempt, forKey: .attempt)
    }
}

/// Puts log records on standard output, in the form and of the lines that were asked for.
struct LogPrinter {
    private let console: Console
    private let format: LogFormat
    private var text: LogText
    private var filter: LineFilter?
    private var attempt: Int?

    /// - Parameter pattern: nil: all lines.
    init(console: Console, format: LogFormat, pattern: LinePattern?) {
        self.console = console
        self.format = format
        text = LogText(isTerminal: console.output.isTerminal, columns: console.output.columns)
        filter = pattern.map { LineFilter($0) }
    }

    /// What follows is from the log of `attempt`: no line of the one before goes on in it.
    mutating func begin(attempt: Int) throws(FloydError) {
        try endLines()
        self.attempt = attempt
    }

    mutating func print(_ records: [LogRecordMessage]) throws(FloydError) {
        for record in records {
            if record.missing != nil {
                // Nobody knows what went on here: no line goes over it, and it shows whatever is looked for.
                try endLines()
                try put(record)
            } else if filter != nil {
                for record in filter?.add(record) ?? [] { try put(record) }
            } else {
                try put(record)
            }
        }
        console.flush()
    }

    /// Makes room for something else to be said.
    mutating func breakLine() {
        console.write(text.breakLine())
    }

    /// Shows what there is of unfinished lines, which have no rest to come.
    mutating func finish() throws(FloydError) {
        try endLines()
        console.write(text.finish())
        console.flush()
    }

    private mutating func endLines() throws(FloydError) {
        for record in filter?.finish() ?? [] { try put(record) }
        console.write(text.endLines())
    }

    private mutating func put(_ record: LogRecordMessage) throws(FloydError) {
        switch format {
        case .text:
            console.write(text.add(record))
        case .raw:
            if record.missing != nil {
                console.note("floydlite: \(TextStyle.printable(String(decoding: record.bytes, as: UTF8.self)))")
            }
            // What Floydlite itself has to say is not the job's.
            guard record.stream != LogText.systemStream else { return }
            console.write(record.bytes)
            if !record.partial { console.write(CollectionOfOne(UInt8(ascii: "\n"))) }
        case .json:
            console.write(try OutputRenderer.encode(AttemptRecord(record: record, attempt: attempt), pretty: false))
        }
    }
}
