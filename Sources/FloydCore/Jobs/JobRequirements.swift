internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydProject
internal import FloydTree

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
