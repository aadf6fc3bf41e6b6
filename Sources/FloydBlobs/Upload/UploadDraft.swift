import FloydModel
import FloydOS
import FloydTree
import Glibc

/// What is written down of a manifest while it comes.
struct UploadDraft: ~Copyable {
    private var manifest: ManifestWriter
    private var index: BufferedWriter
    private let algorithm: HashAlgorithm
    private(set) var totals = UploadTotals()

    /// Bytes of the manifest so far, and of the index.
    var lengths: (manifest: Int64, index: Int64) { (manifest.length, index.length) }

    /// Makes the draft's folder.
    ///
    /// - Parameter algorithm: of the store's hashes; a manifest with others is refused.
    init(_ paths: UploadPaths, _ algorithm: HashAlgorithm) throws(FloydError) {
        self.algorithm = algorithm
        try storing { () throws(SystemError) in
            try Folder.create(paths.folder)
            try Folder.create(paths.staged)
        }
        let manifest = try storing { () throws(SystemError) in try ManifestWriter(path: paths.manifest) }
        let index = try storing { () throws(SystemError) in try BufferedWriter(path: paths.index) }
        self.manifest = manifest
        self.index = index
    }

    /// Adds the manifest's line `line` (from 0).
    mutating func add(_ entry: ManifestEntry, line: Int) throws(FloydError) {
        if let hash = entry.hash, hash.algorithm != algorithm { throw Self.wrongHash(hash.algorithm, algorithm) }
        let start = manifest.length
        try manifest.add(entry)
        totals.entries += 1
        guard entry.kind == .file else { return }
        try count(entry, 1)
        if entry.hash == nil { totals.unhashed += 1 }
        guard entry.size > 0 else { return }
        totals.withBytes += 1
        let record = FileRecord(entry, lineStart: start, line: line)
        try storing { () throws(SystemError) in try index.append { record.append(to: &$0) } }
    }

    private static func wrongHash(_ given: HashAlgorithm, _ wanted: HashAlgorithm) -> FloydError {
        FloydError(
            .invalidRequest,
            "this server names contents by their \(wanted), not \(given)",
            hint: "GET /api/v1/server says which. The program that sends it may be of an older release: update it."
        )
    }

    /// Adds a line of the base as it is.
    mutating func keep(_ line: UnsafeRawBufferPointer) throws(FloydError) {
        try storing { () throws(SystemError) in try manifest.add(line: line) }
        totals.entries += 1
    }

    /// Says from which tree the manifest is told, whose files and bytes count until they are dropped.
    mutating func begin(from base: TreeBase) {
        totals.base = Hex.string(base.digest)
        totals.files = base.files
        totals.bytes = base.bytes
    }

    /// Counts a file more, or one less.
    mutating func count(_ file: ManifestEntry, _ number: Int) throws(FloydError) {
        let (bytes, isOver) = totals.bytes.addingReportingOverflow(Int64(number) * file.size)
        guard !isOver else {
            throw FloydError(.tooLarge, "the sizes of all files add up to more than 8 EiB")
        }
        totals.files += number
        totals.bytes = bytes
    }

    /// Writes what is left and notes the digest.
    mutating func finish() throws(FloydError) {
        totals.digest = try manifest.finish().map { Hex.string($0) }
        try storing { () throws(SystemError) in try index.finish() }
    }
}

extension FileRecord {
    /// The record of a file that has bytes, as no stream knows it yet.
    init(_ entry: ManifestEntry, lineStart: Int64, line: Int) {
        self.init(
            start: 0,
            length: entry.size,
            lineStart: lineStart,
            line: line,
            content: ContentID(of: entry),
            executable: entry.executable
        )
    }
}
