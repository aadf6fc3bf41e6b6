import FloydClient
package import FloydModel

/// Bytes in memory as the body of a request.
package final class ByteArraySource: ByteSource {
    private let bytes: [UInt8]
    private var offset = 0

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package func seek(to offset: Int64) throws(FloydError) {
        self.offset = min(Int(offset), bytes.count)
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FloydError) -> Int {
        let part = bytes[offset..<min(bytes.count, offset + buffer.count)]
        buffer.copyBytes(from: part)
        offset += part.count
        return part.count
    }
}
