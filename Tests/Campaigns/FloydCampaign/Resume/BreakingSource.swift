import FloydClient
import FloydModel

/// Bytes in memory that say how many of them were taken.
class CountingSource: ByteSource {
    private let bytes: [UInt8]
    private var offset = 0
    /// Bytes that were read so far.
    private(set) var given = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func seek(to offset: Int64) {
        self.offset = Int(offset)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FloydError) -> Int {
        let part = bytes[offset..<min(bytes.count, offset + buffer.count)]
        buffer.copyBytes(from: part)
        offset += part.count
        given += part.count
        return part.count
    }
}

/// The same, but the reading fails after so many bytes, and so ends the request that they are the body of.
final class BreakingSource: CountingSource {
    static let code = FloydError.Code(rawValue: "broken-off")
    private let limit: Int

    init(_ bytes: [UInt8], after limit: Int) {
        self.limit = limit
        super.init(bytes)
    }

    override func read(into buffer: UnsafeMutableRawBufferPointer) throws(FloydError) -> Int {
        let room = min(buffer.count, limit - given)
        guard room > 0 else { throw FloydError(Self.code, "the source breaks off") }
        return try super.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<room]))
    }
}
