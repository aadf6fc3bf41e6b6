import FloydClient
import FloydModel
import FloydTree

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
            guard let hash = try survey.hash(of: lines[index]) else {
                throw FloydError(.internalError, "line \(lines[index]) of the manifest has no hash")
            }
            let text = Array("\(Hex.string(hash.bytes))\n".utf8)[inner...].prefix(buffer.count - filled)
            UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyBytes(from: text)
            filled += text.count
            position += Int64(text.count)
        }
        return filled
    }
}
