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
    private var unfinished: [ByteBuffer.Line] = Source.allCases.map { _ in ByteBuffer.Line() }

    public init() {}

    /// Whether a beginning of a line is held back.
    public var holdsPiece: Bool { unfinished.contains { $0.count > 0 } }

    /// Takes bytes that were read at `time`.
    public mutating func append(_ chunk: UnsafeRawBufferPointer, from source: Source, at time: WallTime) {
        let whole = Header(time, source, partial: false)
        let piece = Header(time, source, partial: true)
        let held = unfinished[source.rawValue]
        var rest = chunk
        while let start = rest.baseAddress, !rest.isEmpty {
            let room = min(rest.count, LogFormat.maximumPiece - held.count)
            if let newline = memchr(start, 10, room) {
                let length = UnsafeRawPointer(newline) - start
                output.append(whole.bytes)
                output.append(held.bytes)
                output.append(UnsafeRawBufferPointer(start: start, count: length + 1))
                held.clear()
                rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
                continue
            }
            held.append(UnsafeRawBufferPointer(start: start, count: room))
            rest = UnsafeRawBufferPointer(rebasing: rest[room...])
            if held.count == LogFormat.maximumPiece { emit(held, piece) }
        }
    }

    /// Lets go of the beginnings of lines that are held back, as pieces.
    public mutating func flush(at time: WallTime) {
        for source in Source.allCases where unfinished[source.rawValue].count > 0 {
            emit(unfinished[source.rawValue], Header(time, source, partial: true))
        }
    }

    /// One or more lines of Floydlite's own.
    public mutating func append(message: String, at time: WallTime) {
        var text = message
        text += "\n"
        text.withUTF8 { append(UnsafeRawBufferPointer($0), from: .system, at: time) }
    }

    private mutating func emit(_ held: ByteBuffer.Line, _ header: Header) {
        output.append(header.bytes)
        output.append(held.bytes)
        output.append([10])
        held.clear()
    }

    /// What stands before the text of a record.
    private struct Header {
        let bytes: [UInt8]

        init(_ time: WallTime, _ source: Source, partial: Bool) {
            let tag = partial ? "P" : "F"
            bytes =
                switch source {
                case .stdout: Array("\(time) stdout \(tag) ".utf8)
                case .stderr: Array("\(time) stderr \(tag) ".utf8)
                case .system: Array("\(time) stdout \(tag):\(LogFormat.systemTag) ".utf8)
                }
        }
    }
}

/// Bytes on their way from one place to another, in memory that isn't touched before it is needed.
public struct ByteBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private var start = 0
    private var end = 0
    /// What is kept allocated although nothing is in it.
    private static let idleCapacity = 1 << 18

    public init() {}

    deinit {
        base?.deallocate()
    }

    public var count: Int { end - start }

    /// What is in it; valid until it changes.
    public var bytes: UnsafeRawBufferPointer {
        guard let base else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: base + start, count: count)
    }

    public mutating func append(_ more: UnsafeRawBufferPointer) {
        guard let source = more.baseAddress, !more.isEmpty else { return }
        reserve(more.count)
        base?.advanced(by: end).copyMemory(from: source, byteCount: more.count)
        end += more.count
    }

    public mutating func append(_ more: [UInt8]) {
        more.withUnsafeBytes { append($0) }
    }

    /// Takes the first `count` bytes out.
    public mutating func removeFirst(_ count: Int) {
        start += min(count, self.count)
        guard start == end else { return }
        start = 0
        end = 0
        guard capacity > Self.idleCapacity else { return }
        base?.deallocate()
        base = nil
        capacity = 0
    }

    private mutating func reserve(_ more: Int) {
        guard end + more > capacity else { return }
        let needed = max(count + more, 65_536)
        let grown = UnsafeMutableRawPointer.allocate(byteCount: max(needed, capacity * 2), alignment: 16)
        if let base, count > 0 { grown.copyMemory(from: base + start, byteCount: count) }
        base?.deallocate()
        base = grown
        capacity = max(needed, capacity * 2)
        end = count
        start = 0
    }

    /// The beginning of a line: at most `LogFormat.maximumPiece` bytes.
    final class Line {
        private let base = UnsafeMutableRawPointer.allocate(byteCount: LogFormat.maximumPiece, alignment: 16)
        private(set) var count = 0

        deinit {
            base.deallocate()
        }

        var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

        /// The caller sees to it that there is room.
        func append(_ more: UnsafeRawBufferPointer) {
            guard let source = more.baseAddress else { return }
            base.advanced(by: count).copyMemory(from: source, byteCount: more.count)
            count += more.count
        }

        func clear() {
            count = 0
        }
    }
}
