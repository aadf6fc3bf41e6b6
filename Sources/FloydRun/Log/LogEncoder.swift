internal import Glibc

/// Turns what a command writes into log records, in memory: cuts it at newlines, holds the beginning of an unfinished line back until more
/// comes or `flush` is called, and keeps every byte.
public struct LogEncoder: ~Copyable {
    /// Whose output it is: of the command's streams, or Floydlite's own.
    public enum Source: Int, Sendable, CaseIterable {
        case stdout, stderr, system
    }

    /// Records that are to be written to the log. The caller takes them out.
    public var output = ByteBuffer()
    /// Places for the log's index that came up since the caller last emptied it.
    public var marks: [LogIndexEntry] = []
    /// Where in the log the next record will begin.
    public private(set) var position: Int64
    private var lines: Int64 = 0
    private var lastMark: Int64
    private var header = HeaderWriter()
    private var unfinished: [ByteBuffer.Line] = Source.allCases.map { _ in ByteBuffer.Line() }

    /// - Parameter position: the length of the log so far.
    public init(position: Int64 = 0) {
        self.position = position
        lastMark = position
    }

    /// Whether a beginning of a line is held back.
    public var holdsPiece: Bool { unfinished.contains { $0.count > 0 } }

    /// Takes bytes that were read at `time`, until `output` holds `limit` bytes or a record more, and returns how many it took.
    @discardableResult
    public mutating func append(
        _ chunk: UnsafeRawBufferPointer,
        from source: Source,
        at time: WallTime,
        until limit: Int = .max
    ) -> Int {
        guard let base = chunk.baseAddress, !chunk.isEmpty else { return 0 }
        header.set(time, source)
        let held = unfinished[source.rawValue]
        var offset = 0
        while offset < chunk.count && output.count < limit {
            let start = base + offset
            let space = LogFormat.maximumPiece - held.count
            let room = min(chunk.count - offset, space)
            if let newline = memchr(start, 10, room) {
                let length = UnsafeRawPointer(newline) - start
                emit(held, UnsafeRawBufferPointer(start: start, count: length), time, partial: false)
                offset += length + 1
            } else if room == space {
                emit(held, UnsafeRawBufferPointer(start: start, count: room), time, partial: true)
                offset += room
            } else {
                held.append(UnsafeRawBufferPointer(start: start, count: room))
                offset += room
            }
        }
        return offset
    }

    /// Lets go of the beginnings of lines that are held back, as pieces.
    public mutating func flush(at time: WallTime) {
        for source in Source.allCases where unfinished[source.rawValue].count > 0 {
            header.set(time, source)
            emit(unfinished[source.rawValue], UnsafeRawBufferPointer(start: nil, count: 0), time, partial: true)
        }
    }

    /// One or more lines of Floydlite's own.
    public mutating func append(message: String, at time: WallTime) {
        var text = message
        text += "\n"
        _ = text.withUTF8 { append(UnsafeRawBufferPointer($0), from: .system, at: time) }
    }

    /// Forgets the records that are in `output`: they will never be written, and the log goes on at `position`.
    public mutating func abandonOutput(goingOnAt position: Int64) {
        output.removeFirst(output.count)
        marks = []
        self.position = position
    }

    private mutating func emit(
        _ held: ByteBuffer.Line,
        _ rest: UnsafeRawBufferPointer,
        _ time: WallTime,
        partial: Bool
    ) {
        if position - lastMark >= LogIndexEntry.spacing(at: position) {
            marks.append(LogIndexEntry(offset: position, line: lines, time: time.nanoseconds))
            lastMark = position
        }
        let size = header.count + held.count + rest.count + 1
        let target = output.extend(by: size)
        header.copy(to: target, partial: partial)
        var end = target + header.count
        if held.count > 0 {
            end.copyMemory(from: held.start, byteCount: held.count)
            end += held.count
            held.clear()
        }
        if let start = rest.baseAddress {
            end.copyMemory(from: start, byteCount: rest.count)
            end += rest.count
        }
        end.storeBytes(of: 10, as: UInt8.self)
        position += Int64(size)
        if !partial { lines += 1 }
    }
}

/// What stands before the text of a record, made once for all the records that were read at a time.
struct HeaderWriter: ~Copyable {
    private let base = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 16)
    private(set) var count = 0
    /// Where the tag stands: behind the time, a space, a stream's name of six letters, and a space.
    private static let tag = WallTime.textLength + 8

    deinit {
        base.deallocate()
    }

    mutating func set(_ time: WallTime, _ source: LogEncoder.Source) {
        time.write(to: base)
        let label: StaticString =
            switch source {
            case .stdout: " stdout F "
            case .stderr: " stderr F "
            case .system: " stdout F:floyd "
            }
        let bytes = UnsafeRawBufferPointer(start: label.utf8Start, count: label.utf8CodeUnitCount)
        UnsafeMutableRawBufferPointer(rebasing: base[WallTime.textLength...]).copyMemory(from: bytes)
        count = WallTime.textLength + bytes.count
    }

    func copy(to target: UnsafeMutableRawPointer, partial: Bool) {
        guard let start = base.baseAddress else { return }
        target.copyMemory(from: start, byteCount: count)
        if partial { target.storeBytes(of: UInt8(ascii: "P"), toByteOffset: Self.tag, as: UInt8.self) }
    }
}
