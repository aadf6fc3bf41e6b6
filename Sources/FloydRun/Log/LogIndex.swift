public import FloydOS
internal import Synchronization

/// Finds a line or a time in a log without reading all that stands before it: by the index that the worker keeps (`LogIndexEntry`), and
/// where that is absent or short, by walking through the log once. What was learnt in that way is kept for as long as this is.
public final class LogIndex: Sendable {
    /// How much of a log may lie behind the last mark before the walk's own are kept: less is walked through again faster than it matters.
    private static let markSpacing: Int64 = 1 << 20

    private let path: String
    private let learnt = Mutex<[LogMark]>([])

    /// - Parameter path: `log.index`; it may be absent.
    public init(_ path: String) {
        self.path = path
    }

    /// Where line `line` begins, counted from 1 over all streams; the log's end, if it has fewer. Of a line that isn't kept, where the gap
    /// begins.
    public func offset(ofLine line: Int64, in log: OpenLog) throws(SystemError) -> Int64 {
        let before = max(0, line - 1)
        guard before > 0 else { return 0 }
        let marks = try marks(of: log)
        // A mark with just so many lines before it may stand within the line that is sought.
        let index = marks.lastIndex { $0.line < before } ?? 0
        var count = marks[index].line
        var target: Int64?
        var gapAt: (offset: Int64, end: Int64)?
        let end = try log.size()
        let stop = try log.walk(from: marks[index].offset, to: end) { offset, step in
            if count >= before {
                target = offset
                return false
            }
            switch step {
            case .record(let record):
                if LogHeader(record)?.isWhole == true { count += 1 }
                return true
            case .gap(let next):
                // Without a mark behind it, a gap counts as no line.
                guard marks[marks.count - 1].offset >= next else { return true }
                gapAt = (offset, next)
                return false
            }
        }
        guard target == nil, let gap = gapAt else { return target ?? stop }
        return try offset(behind: gap, before, marks, log)
    }

    /// Goes on behind a gap, of which only the marks behind it can tell how many lines were in it.
    private func offset(
        behind gap: (offset: Int64, end: Int64),
        _ before: Int64,
        _ marks: [LogMark],
        _ log: OpenLog
    ) throws(SystemError) -> Int64 {
        guard let mark = marks.first(where: { $0.offset >= gap.end }) else { return gap.offset }
        var lines: Int64 = 0
        try log.walk(from: gap.end, to: mark.offset) { _, step in
            if case .record(let record) = step, LogHeader(record)?.isWhole == true { lines += 1 }
            return true
        }
        var count = mark.line - lines
        guard count < before else { return gap.offset }
        var target: Int64?
        let stop = try log.walk(from: gap.end, to: try log.size()) { offset, step in
            if count >= before {
                target = offset
                return false
            }
            if case .record(let record) = step, LogHeader(record)?.isWhole == true { count += 1 }
            return true
        }
        return target ?? stop
    }

    /// Where the first record begins whose time isn't before `time`; the log's end, if there is none.
    ///
    /// The records behind it may be older: the clock may have been set back. So whoever reads on from there gets every record of that time
    /// or later. A time that the clock showed only between two marks that are both older, so for less than 64 KiB of log, may be missed.
    public func offset(since time: WallTime, in log: OpenLog) throws(SystemError) -> Int64 {
        let marks = try marks(of: log)
        let size = try log.size()
        let wanted = Array(time.description.utf8)
        for (index, mark) in marks.enumerated() {
            let next = index + 1 < marks.count ? marks[index + 1] : nil
            if let next, next.latest < time.nanoseconds { continue }
            var target: Int64?
            try log.walk(from: mark.offset, to: next?.offset ?? size) { offset, step in
                guard case .record(let record) = step, record.count > wanted.count else { return true }
                guard LogHeader(record) != nil, !record.prefix(wanted.count).lexicographicallyPrecedes(wanted) else {
                    return true
                }
                target = offset
                return false
            }
            if let target { return target }
        }
        return size
    }

    /// Places from the log's beginning on, of which the last lies not far from its end.
    private func marks(of log: OpenLog) throws(SystemError) -> [LogMark] {
        let size = try log.size()
        var marks = LogMark.from(try entries(size))
        let known = learnt.withLock { $0 }
        if let last = known.last, last.offset > marks[marks.count - 1].offset, last.offset <= size {
            let end = marks[marks.count - 1].offset
            marks += known.filter { $0.offset > end }
        }
        guard size - marks[marks.count - 1].offset > 4 * Self.markSpacing else { return marks }
        let found = try LogMark.walking(log, from: marks[marks.count - 1], to: size, spacing: Self.markSpacing)
        learnt.withLock { learnt in
            if let first = found.first { learnt.removeAll { $0.offset >= first.offset } }
            learnt += found
        }
        return marks + found
    }

    private func entries(_ size: Int64) throws(SystemError) -> [LogIndexEntry] {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(path, FileDescriptor.readingQuietly)
        } catch {
            return []
        }
        let bytes = try file.readAll(limit: 1 << 27)
        return bytes.withUnsafeBytes { LogIndexEntry.trusted($0, logLength: size) }
    }
}

/// A place in a log, and the time up to there.
struct LogMark: Sendable, Hashable {
    var offset: Int64
    var line: Int64
    /// The latest time that a record between the mark before and this one may have.
    var latest: Int64

    static let beginning = LogMark(offset: 0, line: 0, latest: .min)

    /// Those of an index, behind the log's beginning.
    static func from(_ entries: [LogIndexEntry]) -> [LogMark] {
        var marks = [beginning]
        marks.reserveCapacity(entries.count + 1)
        var time = Int64.min
        for entry in entries {
            // Where the clock was set back, nobody knows how late it had become.
            let latest = entry.time < time ? .max : entry.time
            marks.append(LogMark(offset: entry.offset, line: entry.line, latest: latest))
            time = entry.time
        }
        return marks
    }

    /// Those that a walk from `mark` on finds.
    static func walking(_ log: OpenLog, from mark: LogMark, to end: Int64, spacing: Int64) throws(SystemError)
        -> [LogMark]
    {
        var marks: [LogMark] = []
        var last = mark
        var line = mark.line
        var latest = [UInt8](repeating: 0, count: LogHeader.timeLength)
        try log.walk(from: mark.offset, to: end) { offset, step in
            guard case .record(let record) = step else { return true }
            if offset - last.offset >= spacing {
                let time = WallTime(String(decoding: latest, as: UTF8.self))?.nanoseconds ?? .max
                last = LogMark(offset: offset, line: line, latest: time)
                marks.append(last)
                for index in latest.indices { latest[index] = 0 }
            }
            guard let header = LogHeader(record) else { return true }
            if header.isWhole { line += 1 }
            Self.keepLater(&latest, record)
            return true
        }
        return marks
    }

    private static func keepLater(_ latest: inout [UInt8], _ record: UnsafeRawBufferPointer) {
        for index in 0..<LogHeader.timeLength where latest[index] != record[index] {
            if latest[index] > record[index] { return }
            for index in index..<LogHeader.timeLength { latest[index] = record[index] }
            return
        }
    }
}
