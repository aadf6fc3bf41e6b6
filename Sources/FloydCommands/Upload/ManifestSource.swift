import FloydClient
import FloydModel
import FloydTree

/// A manifest as the bytes of a request, encoded line by line while it is sent.
final class ManifestSource: ByteSource {
    private let entries: [ManifestEntry]
    /// Bytes of all lines.
    let length: Int64
    private var next = 0
    private var line: [UInt8] = []
    /// What of `line` is read already.
    private var consumed = 0

    init(_ entries: [ManifestEntry]) {
        self.entries = entries
        var length: Int64 = 0
        for entry in entries {
            line.removeAll(keepingCapacity: true)
            ManifestCoding.append(entry, to: &line)
            length += Int64(line.count)
        }
        self.length = length
        line.removeAll()
    }

    func seek(to offset: Int64) throws(FloydError) {
        next = 0
        line.removeAll()
        consumed = 0
        var rest = offset
        while rest > 0, next < entries.count {
            advance()
            consumed = Int(min(rest, Int64(line.count)))
            rest -= Int64(consumed)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FloydError) -> Int {
        var filled = 0
        while filled < buffer.count {
            if consumed == line.count {
                guard next < entries.count else { break }
                advance()
            }
            let part = line[consumed...].prefix(buffer.count - filled)
            UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyBytes(from: part)
            filled += part.count
            consumed += part.count
        }
        return filled
    }

    private func advance() {
        line.removeAll(keepingCapacity: true)
        consumed = 0
        ManifestCoding.append(entries[next], to: &line)
        next += 1
    }
}
