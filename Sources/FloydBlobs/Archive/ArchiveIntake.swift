public import FloydFrames
public import FloydModel
import FloydOS
public import FloydTree

/// Makes the tree of an archive, from what the unpacker says of it, of which nothing is believed.
///
/// Contents are written and hashed once, while they come. Entries are noted in files and sorted there: however many there are, the memory is the same. Nothing is added
/// to the tree before the whole archive was there. All calls block, on one thread.
public struct ArchiveIntake: ~Copyable {
    private let folder: String
    private let admit: (Int64) throws(FloydError) -> Void
    private var rules: ArchiveRules
    private var contents: ContentSpool
    private var entries: RecordSorter
    /// Hard links by their target.
    private var hardLinks: RecordSorter
    private var hasHardLinks = false
    private var number: Int64 = 0
    /// The file whose bytes come, and how many of them are missing.
    private var file: (path: String, executable: Bool)?
    private var missing: Int64 = 0
    private var isWhole = false

    /// - Parameters:
    ///   - folder: an intake's `stagingFolder`, with nothing in it.
    ///   - algorithm: of the store's hashes.
    ///   - archiveSize: bytes of the archive.
    ///   - admit: is asked before each file of so many bytes is begun, and throws where there is no room for it.
    public init(
        folder: String,
        _ algorithm: HashAlgorithm,
        archiveSize: Int64,
        limits: ArchiveLimits,
        admit: @escaping (_ bytes: Int64) throws(FloydError) -> Void = { _ in }
    ) throws(FloydError) {
        self.folder = folder
        self.admit = admit
        rules = ArchiveRules(limits: limits, archiveSize: archiveSize)
        let spool = "\(folder)/spool"
        do throws(SystemError) {
            try Folder.create(spool)
            contents = try ContentSpool(folder: folder, algorithm)
        } catch {
            throw FloydError(storage: error)
        }
        entries = RecordSorter(prefix: "\(spool)/entries-")
        hardLinks = RecordSorter(prefix: "\(spool)/links-")
    }

    /// Takes what the unpacker says next.
    ///
    /// - Throws: `FloydError` with `invalidPath`, `invalidRequest` or `tooLarge`, which says why the archive is refused, or `outOfSpace`. Then nothing is left to do.
    public mutating func take(_ frame: Frame) throws(FloydError) {
        switch frame {
        case .entry(let entry): try begin(entry)
        case .data(let bytes):
            do throws(SystemError) {
                try contents.append(bytes)
            } catch {
                throw FloydError(storage: error)
            }
            missing -= Int64(bytes.count)
            if missing == 0 { try finishFile() }
        case .end: isWhole = true
        case .problem(let problem): throw FloydError(problem)
        }
    }

    private mutating func begin(_ entry: UnpackedEntry) throws(FloydError) {
        number += 1
        guard let entry = try rules.accept(entry) else { return }
        switch entry.kind {
        case .file:
            try admit(entry.size)
            do throws(SystemError) {
                try contents.begin(size: entry.size)
            } catch {
                throw FloydError(storage: error)
            }
            file = (entry.path, entry.executable)
            missing = entry.size
            if missing == 0 { try finishFile() }
        case .folder:
            try note(entry.path, ArchiveRecord(kind: .folder))
        case .link(let target):
            try note(entry.path, ArchiveRecord(kind: .link, target: target))
        case .hardLink(let target):
            hasHardLinks = true
            do throws(SystemError) {
                try hardLinks.add(key: target.utf8, number: number, value: Array(entry.path.utf8))
            } catch {
                throw FloydError(storage: error)
            }
        }
    }

    private mutating func finishFile() throws(FloydError) {
        guard let file = file.take() else { return }
        let content: StoredContent
        do throws(SystemError) {
            content = try contents.end()
        } catch {
            throw FloydError(storage: error)
        }
        try note(file.path, ArchiveRecord(file: content, executable: file.executable))
    }

    private mutating func note(_ path: String, _ record: ArchiveRecord) throws(FloydError) {
        do throws(SystemError) {
            try entries.add(key: path.utf8, number: number, value: record.bytes)
        } catch {
            throw FloydError(storage: error)
        }
    }

    /// Adds all of the archive to the tree, in order, without the markers of folders.
    ///
    /// - Throws: `FloydError` with `invalidPath`, which names the entry, for a name that stands there twice, what lies below a file or a link, and a hard link to what is no earlier file; the
    ///   intake is then to be dropped.
    public consuming func add(to intake: inout TreeIntake) throws(FloydError) {
        guard isWhole else { throw FloydError(.internalError, "the archive's end was not there") }
        guard number > 0 else {
            throw FloydError(.invalidRequest, "there is nothing in the archive", hint: "Make it and send it again.")
        }
        do throws(SystemError) {
            try contents.flush()
            try entries.finish()
            try hardLinks.finish()
        } catch {
            throw FloydError(storage: error)
        }
        var runs = entries.runs
        if hasHardLinks {
            var resolution = HardLinkResolution(prefix: "\(folder)/spool/resolved-", rules: rules)
            runs += try resolution.resolve(hardLinks.runs, among: runs)
        }
        try Self.add(runs, contents, hasShared: hasHardLinks, to: &intake)
    }

    private static func add(
        _ runs: [String],
        _ contents: borrowing ContentSpool,
        hasShared: Bool,
        to intake: inout TreeIntake
    ) throws(FloydError) {
        var merge = try storing { () throws(SystemError) in try RecordMerge(runs: runs) }
        var lastFolder: [UInt8]?
        // Files of several names that the tree has one of.
        var added: Set<Int64> = []
        while let sorted = try storing({ () throws(SystemError) in try merge.next() }) {
            let record = ArchiveRecord(sorted.value)
            let path = String(decoding: sorted.key, as: UTF8.self)
            // Here, not when it comes: another entry may be a hard link to it.
            if FolderMarkers.contain(path) { continue }
            switch record.kind {
            case .folder:
                // A tar may well have a folder twice.
                if lastFolder == sorted.key { continue }
                lastFolder = sorted.key
                try intake.addFolder(path)
            case .link:
                try intake.addLink(path, target: record.target)
            case .file:
                let content = record.content
                var name = "small"
                if case .loose(let number) = content.place {
                    name = ContentSpool.name(ofLoose: number)
                    if hasShared, !added.insert(number).inserted {
                        try intake.addFile(
                            path,
                            executable: record.executable,
                            repeating: content.hash,
                            size: content.size
                        )
                        continue
                    }
                } else {
                    try storing { () throws(SystemError) in try contents.extract(content, as: name) }
                }
                try intake.addFile(
                    path,
                    executable: record.executable,
                    moving: name,
                    hash: content.hash,
                    size: content.size
                )
            }
        }
    }
}

extension FloydError {
    /// Why an archive is refused that the unpacker could not read to its end.
    init(_ problem: UnpackProblem) {
        let text = String(TreePath.quoted(problem.message).dropFirst().dropLast())
        switch problem.code {
        case .unrecognised:
            self.init(
                .invalidRequest,
                "this is no archive of a kind that is taken: \(text)",
                hint: "Send a tar, as it is or compressed with gzip, zstd, bzip2 or xz, or a zip."
            )
        case .damaged:
            self.init(
                .invalidRequest,
                "the archive can't be read to its end: \(text)",
                hint:
                    "Make it and send it again. What xz -9 or zstd --long has compressed takes more memory than there is for it."
            )
        case .unsupported: self.init(.invalidRequest, "the archive can't be unpacked: \(text)")
        case .memory:
            self.init(
                .tooLarge,
                "the archive takes more memory to read than there is for that: \(text)",
                hint:
                    "Compress it with a smaller window (xz -6, zstd without --long or --ultra); instead of a zip of very "
                    + "many files send a tar."
            )
        case .surroundings: self.init(.internalError, "the archive could not be unpacked: \(text)")
        }
    }
}
