/// Reads frames from bytes as they come, however they are cut. Trusts nothing: lengths are limited, and what follows what is checked.
///
/// Pieces of data are handed on where they lie. Of everything else there is one frame in memory at a time.
public struct FrameParser: ~Copyable {
    private var header: [UInt8] = []
    private var payload: [UInt8] = []
    /// The frame that is being read, and how many bytes of it are to come.
    private var kind: Frame.Kind?
    private var rest = 0
    /// Bytes of the last entry that are to come.
    private var missing: Int64 = 0
    private var entries: Int64 = 0
    /// Whether the last frame has been there.
    public private(set) var isFinished = false

    public init() {}

    /// Takes the next bytes and calls `body` for each frame in them. Data that is cut comes as several pieces.
    ///
    /// - Throws: `FrameFlaw`, or what `body` throws; then nothing more is to be fed.
    public mutating func feed(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (Frame) throws -> Void
    ) throws {
        var bytes = bytes
        while !bytes.isEmpty {
            guard let kind else {
                try readHeader(&bytes)
                continue
            }
            let piece = Self.take(&bytes, rest)
            rest -= piece.count
            if kind == .data {
                missing -= Int64(piece.count)
                try body(.data(piece))
            } else {
                payload.append(contentsOf: piece)
            }
            guard rest == 0 else { return }
            self.kind = nil
            if kind != .data { try finish(kind, body) }
        }
    }

    private mutating func readHeader(_ bytes: inout UnsafeRawBufferPointer) throws(FrameFlaw) {
        header.append(contentsOf: Self.take(&bytes, Frame.headerLength - header.count))
        guard header.count == Frame.headerLength else { return }
        defer { header.removeAll(keepingCapacity: true) }
        guard !isFinished else { throw FrameFlaw("something follows the last frame") }
        guard let kind = Frame.Kind(rawValue: header[0]), header[1...3].allSatisfy({ $0 == 0 }) else {
            throw FrameFlaw("no frame begins like this")
        }
        let length = header.withUnsafeBytes { Int(Self.number($0, at: 4, as: UInt32.self)) }
        let isPossible =
            switch kind {
            case .data: (1...Frame.maximumData).contains(length)
            case .entry: (Frame.entryLength...Frame.maximumPayload).contains(length)
            case .end: length == 8
            case .problem: (1...1 + Frame.maximumMessage).contains(length)
            }
        guard isPossible else { throw FrameFlaw("a frame has \(length) bytes") }
        switch kind {
        case .data:
            guard Int64(length) <= missing else { throw FrameFlaw("a file has more bytes than its entry says") }
        case .entry, .end:
            guard missing == 0 else { throw FrameFlaw("a file has fewer bytes than its entry says") }
        case .problem: break
        }
        self.kind = kind
        rest = length
        payload.removeAll(keepingCapacity: true)
    }

    private mutating func finish(_ kind: Frame.Kind, _ body: (Frame) throws -> Void) throws {
        let frame = try payload.withUnsafeBytes { bytes throws(FrameFlaw) in
            switch kind {
            case .entry: Frame.entry(try Self.entry(bytes))
            case .end: Frame.end(entries: Self.number(bytes, at: 0, as: Int64.self))
            case .problem, .data: Frame.problem(try Self.problem(bytes))
            }
        }
        switch frame {
        case .entry(let entry):
            missing = entry.size
            entries += 1
        case .end(let count):
            guard count == entries else { throw FrameFlaw("\(count) entries were to come, not \(entries)") }
            isFinished = true
        case .problem:
            isFinished = true
        case .data:
            break
        }
        try body(frame)
    }

    private static func entry(_ bytes: UnsafeRawBufferPointer) throws(FrameFlaw) -> UnpackedEntry {
        let size = number(bytes, at: 8, as: Int64.self)
        let pathLength = Int(number(bytes, at: 16, as: UInt32.self))
        let targetLength = Int(number(bytes, at: 20, as: UInt32.self))
        guard pathLength <= Frame.maximumName, targetLength <= Frame.maximumName,
            bytes.count == Frame.entryLength + pathLength + targetLength
        else { throw FrameFlaw("an entry's names don't fit into it") }
        guard let kind = UnpackedEntry.Kind(rawValue: bytes[0]), size >= 0, kind == .file || size == 0 else {
            throw FrameFlaw("an entry is nothing that there is")
        }
        let names = bytes[Frame.entryLength...]
        return UnpackedEntry(
            kind: kind,
            mode: number(bytes, at: 4, as: UInt32.self),
            size: size,
            path: Array(names.prefix(pathLength)),
            target: Array(names.dropFirst(pathLength))
        )
    }

    private static func problem(_ bytes: UnsafeRawBufferPointer) throws(FrameFlaw) -> UnpackProblem {
        guard let code = UnpackProblem.Code(rawValue: bytes[0]) else { throw FrameFlaw("a problem has no known code") }
        return UnpackProblem(code, String(decoding: bytes.dropFirst(), as: UTF8.self))
    }

    /// The first `count` bytes, or all that there are; `bytes` is what follows them.
    private static func take(_ bytes: inout UnsafeRawBufferPointer, _ count: Int) -> UnsafeRawBufferPointer {
        let piece = UnsafeRawBufferPointer(rebasing: bytes.prefix(count))
        bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(count))
        return piece
    }

    private static func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer,
        at offset: Int,
        as type: Number.Type
    ) -> Number {
        Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
    }
}
