import FloydOS
import Glibc

/// Reads the records of several runs as one sorted list.
struct RecordMerge {
    private var readers: [RunReader] = []

    init(runs: [String]) throws(SystemError) {
        for run in runs {
            let reader = try RunReader(path: run)
            if reader.record != nil { readers.append(reader) }
        }
    }

    /// The next record, or nil behind the last.
    mutating func next() throws(SystemError) -> SortedRecord? {
        var first: Int?
        for index in readers.indices {
            guard let record = readers[index].record else { continue }
            if let known = first.flatMap({ readers[$0].record }), !SortedRecord.comesBefore(record, known) { continue }
            first = index
        }
        guard let first else { return nil }
        let record = readers[first].record
        try readers[first].advance()
        if readers[first].record == nil { readers.remove(at: first) }
        return record
    }
}

/// One run, read in pieces.
private final class RunReader {
    private static let pieceSize = 1 << 15

    private let file: FileDescriptor
    private var buffer: [UInt8] = []
    private var position = 0
    /// The record that is next; nil at the end.
    private(set) var record: SortedRecord?

    init(path: String) throws(SystemError) {
        file = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
        try advance()
    }

    func advance() throws(SystemError) {
        guard try fill(SortedRecord.headerLength) else {
            record = nil
            return
        }
        let (length, keyLength, number) = buffer.withUnsafeBytes { bytes in
            (
                Int(bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)),
                Int(bytes.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self)),
                bytes.loadUnaligned(fromByteOffset: position + 8, as: Int64.self)
            )
        }
        guard try fill(length) else { throw SystemError("read", code: EIO) }
        let key = position + SortedRecord.headerLength
        record = SortedRecord(
            key: Array(buffer[key..<key + keyLength]),
            number: number,
            value: Array(buffer[key + keyLength..<position + length])
        )
        position += length
    }

    /// Brings `count` bytes behind the position into memory; false where there aren't as many.
    private func fill(_ count: Int) throws(SystemError) -> Bool {
        if buffer.count - position >= count { return true }
        buffer.removeFirst(position)
        position = 0
        while buffer.count < count {
            let start = buffer.count
            buffer.append(contentsOf: repeatElement(0, count: max(Self.pieceSize, count - start)))
            let result: Result<Int, SystemError> = buffer.withUnsafeMutableBytes { bytes in
                Result { () throws(SystemError) in
                    try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
                }
            }
            let read = try result.get()
            buffer.removeLast(buffer.count - start - read)
            if read == 0 { return false }
        }
        return true
    }
}
