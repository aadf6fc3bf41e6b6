import FloydClient
import FloydModel
import FloydTree

/// A manifest as the bytes of a request, encoded line by line while it is sent.
final class ManifestSource: ByteSource {
    private let entries: [ManifestEntry]
    /// Bytes of all lines.
    let length: Int64
    private var next = 0
    private var line: ArraySlice<UInt8> = []

    init(_ entries: [ManifestEntry]) {
        self.entries = entries
        var length: Int64 = 0
        for entry in entries { length += Int64(ManifestCoding.line(entry).count) }
        self.length = length
    }

    func seek(to offset: Int64) throws(FloydError) {
        next = 0
        line = []
        var rest = offset
        while rest > 0, next < entries.count {
            line = ManifestCoding.line(entries[next])[...]
            next += 1
            let skipped = min(rest, Int64(line.count))
            line = line.dropFirst(Int(skipped))
            rest -= skipped
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FloydError) -> Int {
        var filled = 0
        while filled < buffer.count {
            if line.isEmpty {
                guard next < entries.count else { break }
                line = ManifestCoding.line(entries[next])[...]
                next += 1
            }
            let part = line.prefix(buffer.count - filled)
            UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyBytes(from: part)
            filled += part.count
            line = line.dropFirst(part.count)
        }
        return filled
    }
}
