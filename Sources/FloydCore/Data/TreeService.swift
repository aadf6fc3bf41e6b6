internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import FloydTree
internal import FoundationEssentials
internal import Synchronization

/// Reading dataset versions and the code of jobs.
struct TreeService: TreeServing {
    let store: Store
    let blobs: BlobStore
    let pool: BlockingPool

    func tree(_ source: TreeSource, as account: Account) async throws -> StoredTree {
        switch source {
        case .version(let reference):
            let version = try await store.references.version(reference, asking: account)
            return StoredTree(
                name: version.name.fileName,
                digest: Array(version.digest),
                files: version.files,
                bytes: version.bytes,
                created: version.created
            )
        case .code(let reference):
            let job = try await store.references.job(reference, asking: account)
            guard let tree = try await store.trees.get(job.code) else {
                throw FloydError(.internalError, "the code of \(job.name) is gone")
            }
            return StoredTree(
                name: "\(job.name.fileName)-code",
                digest: Array(tree.digest),
                files: tree.files,
                bytes: tree.bytes,
                created: job.created
            )
        }
    }

    func manifest(of tree: StoredTree) async throws -> OpenedFile {
        try await pool.run { [blobs] in
            let file = try blobs.openManifest(tree.digest)
            let size = try file.status().size
            return OpenedFile(
                descriptor: file.release(),
                size: size,
                name: "\(tree.name).jsonl",
                validator: tree.validator
            )
        }
    }

    func file(_ path: String, in tree: StoredTree) async throws -> OpenedFile {
        try await pool.run { [blobs] in
            let shown = TreePath.quoted(path)
            switch try blobs.find(path, in: tree.digest) {
            case .entry(let entry) where entry.kind == .file:
                return OpenedFile(
                    descriptor: try blobs.openFile(entry).release(),
                    size: entry.size,
                    name: path.split(separator: "/").last.map(String.init) ?? path,
                    validator: entry.hash?.description
                )
            case .entry(let entry) where entry.kind == .link:
                throw FloydError(
                    .notFound,
                    "\(shown) is a link to \(TreePath.quoted(entry.target ?? "")), and links are not followed",
                    hint: "Ask for what it leads to."
                )
            case .entry, .folder:
                throw FloydError(.notFound, "\(shown) is a folder", hint: "Ask for one of its files.")
            case nil:
                throw FloydError(
                    .notFound,
                    "there is no file \(shown)",
                    hint: "`floydlite data listfiles` shows what there is."
                )
            }
        }
    }

    func contents(of tree: StoredTree, in range: Range<Int64>) async throws -> ContentSource {
        let reader = try await pool.run { [blobs] in
            HeldReader(try ContentReader(tree.digest, range: range, in: blobs))
        }
        return { [pool] in try await pool.run { try reader.next() } }
    }

    func archive(of tree: StoredTree, as format: ArchiveFormat) async throws -> OpenedArchive {
        guard format != .zip || tree.files <= TreeArchive.maximumZipEntries else {
            throw FloydError(
                .tooLarge,
                "\(tree.name) has \(tree.files) files, too many for a zip",
                hint: "Fetch it as a tar."
            )
        }
        let modified = Int64(tree.created.timeIntervalSince1970)
        return OpenedArchive(
            name: "\(tree.name).\(format.rawValue)",
            source: try await pool.produced { [blobs] () throws(FloydError) in
                try TreeArchive(tree.digest, as: format, modified: modified, in: blobs)
            }
        )
    }
}

extension NumberedName {
    /// As a part of a file's name: `modelnet-1`.
    var fileName: String { "\(resource.name)-\(number)" }
}

/// A reader that tasks hand on to the threads of a pool, one after another.
private final class HeldReader: Sendable {
    private let reader: Mutex<ContentReader>

    init(_ reader: consuming sending ContentReader) {
        self.reader = Mutex(reader)
    }

    func next() throws -> ContentPiece? {
        try reader.withLock { reader throws(FloydError) in
            switch try reader.next() {
            case .bytes(let bytes): .bytes(bytes)
            case .file(let file, let offset, let length):
                .file(descriptor: file.release(), offset: offset, length: length)
            case nil: nil
            }
        }
    }
}
