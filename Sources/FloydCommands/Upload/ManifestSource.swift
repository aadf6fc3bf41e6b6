import FloydClient
import FloydModel
import FloydTree

/// A survey's manifest as the bytes of a request, encoded line by line while it is sent.
final class ManifestSource: ByteSource {
    private let survey: FolderSurvey
    /// Bytes of all lines.
    let length: Int64
    private var reader: FolderSurvey.Reader
    private var line: [UInt8] = []
    /// What of `line` is read already.
    private var consumed = 0

    init(_ survey: FolderSurvey) throws(FloydError) {
        self.survey = survey
        var length: Int64 = 0
        var reader = try survey.reader()
        while let (_, item) = try reader.next() { length += Int64(ManifestCoding.line(item.entry).count) }
        self.length = length
        self.reader = try survey.reader()
    }

    func seek(to offset: Int64) throws(FloydError) {
        reader = try survey.reader()
        line.removeAll()
        consumed = 0
        var rest = offset
        while rest > 0, try advance() {
            consumed = Int(min(rest, Int64(line.count)))
            rest -= Int64(consumed)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FloydError) -> Int {
        var filled = 0
        while filled < buffer.count {
            if consumed == line.count, try !advance() { break }
            let part = line[consumed...].prefix(buffer.count - filled)
            UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyBytes(from: part)
            filled += part.count
            consumed += part.count
        }
        return filled
    }

    /// False at the end.
    private func advance() throws(FloydError) -> Bool {
        guard let (_, item) = try reader.next() else { return false }
        line.removeAll(keepingCapacity: true)
        consumed = 0
        ManifestCoding.append(item.entry, to: &line)
        return true
    }
}

/// The hashes that the manifest lacked, as the commit takes them: a line each.
final class HashSource: ByteSource {
    private let survey: FolderSurvey
    /// The lines of the manifest that had none.
    private let lines: [Int]
    private var position: Int64 = 0

    private static let lineLength = FileHasher.length * 2 + 1

    init(_ survey: FolderSurvey, of lines: [Int]) {
        self.survey = survey
        self.lines = lines
    }

    var length: Int64 { Int64(lines.count * Self.lineLength) }

    func seek(to offset: Int64) {
        position = offset
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FloydError) -> Int {
        var filled = 0
        while filled < buffer.count, position < length {
            let (index, inner) = Int(position).quotientAndRemainder(dividingBy: Self.lineLength)
            guard let sha256 = try survey.hash(of: lines[index]) else {
                throw FloydError(.internalError, "line \(lines[index]) of the manifest has no hash")
            }
            let text = Array("\(Hex.string(sha256))\n".utf8)[inner...].prefix(buffer.count - filled)
            UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyBytes(from: text)
            filled += text.count
            position += Int64(text.count)
        }
        return filled
    }
}
