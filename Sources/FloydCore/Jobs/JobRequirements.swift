internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydProject
internal import FloydTree

/// What of a job's code goes into the packages that it has over its environment.
struct CodePart: Sendable, Hashable {
    /// Where it is in the code; `.` is all of it.
    var paths: [String]
    /// Says what all of it is.
    var digest: [UInt8]

    var isEverything: Bool { paths == ["."] }
}

/// Finds what a job's code asks for over its environment.
struct JobRequirements: Sendable {
    let blobs: BlobStore

    /// What the code's `floyd_requirements.txt` asks for; nil where there is none, or nothing in it. Blocks.
    ///
    /// - Throws: `FloydError` with `invalidRequest` where it is no file, too long, or not UTF-8.
    func find(in code: [UInt8]) throws(FloydError) -> RequirementsFile? {
        switch try blobs.find(RequirementsFile.path, in: code) {
        case nil: return nil
        case .folder: throw RequirementsFile.isNoFile("a folder")
        case .entry(let entry):
            switch entry.kind {
            case .file: break
            case .link: throw RequirementsFile.isNoFile("a symbolic link")
            case .dir: throw RequirementsFile.isNoFile("a folder")
            }
            guard entry.size <= RequirementsFile.maximumSize else { throw RequirementsFile.tooLong(entry.size) }
            let file = try RequirementsFile(bytes(of: entry))
            return file.isEmpty ? nil : file
        }
    }

    /// What of the code its list of packages reads; nil: nothing. Blocks.
    func part(read list: RequirementsFile, in code: [UInt8]) throws(FloydError) -> CodePart? {
        guard list.readsCode else { return nil }
        let everything = CodePart(paths: ["."], digest: code)
        var entries: [String: ManifestEntry] = [:]
        var size: Int64 = 0
        var pending = [list]
        while let list = pending.popLast() {
            guard !list.readsEverything else { return everything }
            let lists = Set(list.lists)
            for path in lists.union(list.files) where entries[path] == nil {
                // Each list may name thousands, and one file may stand for all of them: before any is read it is known that they are few.
                guard entries.count < Self.maximumFiles else { return everything }
                // A link may lead anywhere. The installer says what it thinks of what isn't there.
                guard case .entry(let entry)? = try blobs.find(path, in: code), entry.kind == .file else {
                    return everything
                }
                entries[path] = entry
                guard lists.contains(path) else { continue }
                size += entry.size
                guard entry.size <= RequirementsFile.maximumSize, size <= Self.maximumSize,
                    let next = try? RequirementsFile(bytes(of: entry)),
                    // What a list in a folder names may be meant from there or from the top.
                    !path.contains("/") || !next.readsCode
                else { return everything }
                pending.append(next)
            }
        }
        var hasher = FileHasher(.sha256)
        for (_, entry) in entries.sorted(by: { $0.key < $1.key }) { hasher.update(ManifestCoding.line(entry)) }
        return CodePart(paths: entries.keys.sorted(), digest: hasher.finalize())
    }

    /// Lists and packed packages that are looked for. More than that nobody writes.
    private static let maximumFiles = 256
    /// Bytes of the lists that are read. Packed packages are not.
    private static let maximumSize: Int64 = 4 << 20

    private func bytes(of entry: ManifestEntry) throws(FloydError) -> [UInt8] {
        do {
            return try blobs.openFile(entry).readAll(limit: RequirementsFile.maximumSize)
        } catch let error as FloydError {
            throw error
        } catch {
            throw FloydError(.internalError, "\(RequirementsFile.path) can't be read: \(error)")
        }
    }
}
