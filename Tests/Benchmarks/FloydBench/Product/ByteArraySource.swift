import FloydClient
import FloydModel

/// Bytes in memory as the body of a request.
final class ByteArraySource: ByteSource {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func seek(to offset: Int64) throws(FloydError) {
        self.offset = min(Int(offset), bytes.count)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FloydError) -> Int {
        let part = bytes[offset..<min(bytes.count, offset + buffer.count)]
        buffer.copyBytes(from: part)
        offset += part.count
        return part.count
    }
}
