import FloydModel
import FloydOS
import FloydTree
import Glibc

/// Completes the manifest of an upload which lacked hashes: goes through manifest, plan and hashes side by side.
struct CommitWriter: ~Copyable {
    private let upload: UploadFolder
    private let algorithm: HashAlgorithm
    private var plan: FixedReader
    private var received: FixedReader
    private var promised: FixedReader?
    private var manifest: ManifestWriter
    private var placement: ContentPlacement
    /// The next file of the plan, and its number.
    private var planned: FileRecord?
    private var number = 0

    init(upload: UploadFolder, manifest: String) throws(FloydError) {
        let paths = upload.paths
        // Absent where nothing was to be sent.
        try storing { () throws(SystemError) in
            try FileDescriptor.open(paths.hashes, O_WRONLY | O_CREAT | O_NOFOLLOW).close()
        }
        let received = try Self.hashes(at: paths.hashes)
        let isPromised = try storing { () throws(SystemError) in try FileStatus.of(paths.promised) } != nil
        let promised: FixedReader? = isPromised ? try Self.hashes(at: paths.promised) : nil
        var plan = try storing { () throws(SystemError) in try FixedReader(path: paths.plan, size: FileRecord.size) }
        let planned = try storing { () throws(SystemError) in try plan.read(FileRecord.init) }
        let draft = try storing { () throws(SystemError) in try ManifestWriter(path: manifest) }
        self.upload = upload
        algorithm = upload.store.hashAlgorithm
        self.plan = plan
        self.received = received
        self.promised = promised
        self.planned = planned
        self.manifest = draft
        placement = ContentPlacement(in: upload.store)
    }

    private static func hashes(at path: String) throws(FloydError) -> FixedReader {
        try storing { () throws(SystemError) in try FixedReader(path: path, size: FileHasher.length) }
    }

    mutating func add(_ entry: ManifestEntry, line: Int) throws(FloydError) {
        var entry = entry
        if entry.kind == .file { try settle(&entry, line: line) }
        try manifest.add(entry)
    }

    /// Finds the file's hash, compares it with the one that was promised, and puts what was received among the contents.
    private mutating func settle(_ entry: inout ManifestEntry, line: Int) throws(FloydError) {
        var hash = entry.hash ?? (entry.size == 0 ? .ofNothing(algorithm) : nil)
        let isPlanned = planned.map { Int($0.line) == line } ?? false
        if isPlanned { hash = try nextReceived() }
        guard let hash else { throw FloydError(.internalError, "\(TreePath.quoted(entry.path)) has no hash") }
        if entry.hash == nil, try nextPromised() != hash {
            throw upload.fail(
                FloydError(
                    .contentMismatch,
                    "what was received of \(TreePath.quoted(entry.path)) has not the hash that came with the commit",
                    hint: UploadFolder.failureHint
                        + " Hashes are \(algorithm) here: a program of a release that knew others must be updated."
                )
            )
        }
        entry.hash = hash
        guard isPlanned else { return }
        if let id = ContentID(of: entry) { try placement.add(upload.paths.stagedFile(number), as: id) }
        number += 1
        do throws(SystemError) {
            planned = try plan.read(FileRecord.init)
        } catch {
            throw FloydError(storage: error)
        }
    }

    private mutating func nextReceived() throws(FloydError) -> ContentHash? {
        do throws(SystemError) {
            return try received.read { Array($0) }.map { ContentHash(algorithm, $0) }
        } catch {
            throw FloydError(storage: error)
        }
    }

    private mutating func nextPromised() throws(FloydError) -> ContentHash {
        do throws(SystemError) {
            if let hash = try promised?.read({ Array($0) }) { return ContentHash(algorithm, hash) }
        } catch {
            throw FloydError(storage: error)
        }
        throw FloydError(
            .invalidRequest,
            "the commit lacks hashes: \(upload.totals.unhashed) lines of the manifest have none",
            hint: "Send one line of 64 hexadecimal digits for each of them, in order."
        )
    }

    mutating func finish() throws(FloydError) -> [UInt8] {
        try placement.finish()
        guard let digest = try manifest.finish() else {
            throw FloydError(.internalError, "a file of the tree has no hash")
        }
        return digest
    }
}
