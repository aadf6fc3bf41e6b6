import FloydModel
import FloydOS
import FloydTree

/// Writes a manifest in its canonical form, and finds the digest of its tree on the way.
struct ManifestWriter: ~Copyable, Sendable {
    private var file: BufferedWriter
    private var digest = ManifestDigest()
    private var line: [UInt8] = []

    /// Makes the file, or empties it.
    init(path: String) throws(SystemError) {
        file = try BufferedWriter(path: path)
    }

    /// Bytes written so far: where the next entry's line begins.
    var length: Int64 { file.length }

    mutating func add(_ entry: ManifestEntry) throws(FloydError) {
        line.removeAll(keepingCapacity: true)
        ManifestCoding.append(entry, to: &line)
        digest.add(entry, line: line)
        do throws(SystemError) {
            try file.append(line)
        } catch {
            throw FloydError(storage: error)
        }
    }

    /// Adds a line as it stands in another manifest, all hashes in it.
    mutating func add(line: UnsafeRawBufferPointer) throws(SystemError) {
        digest.add(line: line)
        try file.append { $0.append(contentsOf: line) }
    }

    /// Writes what is left and says the digest, or nil where a file had no hash. Nothing is on the disk before a sync.
    mutating func finish() throws(FloydError) -> [UInt8]? {
        do throws(SystemError) {
            try file.finish()
        } catch {
            throw FloydError(storage: error)
        }
        return digest.finalize()
    }
}
