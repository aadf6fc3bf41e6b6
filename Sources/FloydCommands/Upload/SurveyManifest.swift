import FloydModel
import FloydTree

/// A survey's manifest, encoded in one pass, and what is different in it from the one of a tree that the server has, as far as is known.
struct SurveyManifest {
    /// All lines.
    let whole: SpoolSource
    /// The tree's digest in hexadecimal digits; nil where files have no hash yet.
    let digest: String?
    /// What tells whether the folder is still as it was found: the manifest, and the stamps of those files whose contents it doesn't tell.
    let state: String
    /// What is different from the tree of the digest `base`, where there is one with which most lines are shared.
    let changes: (base: String, source: SpoolSource)?

    /// - Parameter kept: of the tree that was made of the folder before.
    init(_ survey: FolderSurvey, since kept: KeptManifest? = nil) throws(FloydError) {
        let lines = try SpoolFile()
        var hasher = FileHasher(.sha256)
        var isWhole = true
        var line: [UInt8] = []
        var reader = try survey.reader()
        while let (_, item) = try reader.next() {
            line.removeAll(keepingCapacity: true)
            ManifestCoding.append(item.entry, to: &line)
            try lines.append(line)
            hasher.update(line)
            try kept?.compare(item.entry.path, line)
            guard item.entry.hash == nil, let stamp = item.stamp else { continue }
            isWhole = false
            hasher.update(Array("\(stamp.device) \(stamp.inode) \(stamp.modified) \(stamp.changed)\n".utf8))
        }
        whole = SpoolSource(lines)
        state = Hex.string(hasher.finalize())
        digest = isWhole ? state : nil
        // Hashes may be absent from whole manifests alone.
        let different = isWhole ? try kept?.finish() : nil
        changes = different.flatMap { $0.source.length < lines.count / 2 ? $0 : nil }
    }
}

/// The manifest of the tree that was made of a folder the last time, and what is different in the one that it is compared with.
final class KeptManifest {
    private let digest: String
    private var base: StoredManifest
    private let changes: SpoolFile
    private var removal: [UInt8] = []
    /// False where the file isn't what it should be: then nothing is different from it.
    private var isReadable = true

    /// - Parameter base: before its first line.
    init(_ digest: String, _ base: consuming StoredManifest) throws(FloydError) {
        self.digest = digest
        self.base = base
        changes = try SpoolFile()
        advance()
    }

    /// Takes the next line of the other manifest.
    func compare(_ path: String, _ line: [UInt8]) throws(FloydError) {
        while base.isAtLine {
            let place = base.compare(with: path)
            if place < 0 {
                try remove()
                continue
            }
            if place == 0 {
                let isSame = base.withLine { old in line.withUnsafeBytes { $0.elementsEqual(old) } }
                advance()
                if isSame { return }
            }
            break
        }
        try changes.append(line)
    }

    /// Says that there are no more lines, and what was different, the lines of a request. nil where nobody knows.
    func finish() throws(FloydError) -> (base: String, source: SpoolSource)? {
        while base.isAtLine { try remove() }
        return isReadable ? (digest, SpoolSource(changes)) : nil
    }

    private func remove() throws(FloydError) {
        removal.removeAll(keepingCapacity: true)
        ManifestCoding.appendRemoval(of: base.withPath { String(decoding: $0, as: UTF8.self) }, to: &removal)
        try changes.append(removal)
        advance()
    }

    private func advance() {
        do throws(FloydError) {
            try base.advance()
        } catch {
            isReadable = false
        }
    }
}
