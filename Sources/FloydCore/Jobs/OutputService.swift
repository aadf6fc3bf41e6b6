internal import FloydAPI
internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydRun
internal import FloydStore
internal import FloydTree
internal import FoundationEssentials

/// What jobs left in `/output`.
struct OutputService: OutputServing {
    let store: Store
    let folder: DataFolder
    let pool: BlockingPool

    func list(_ reference: Reference, page: PageRequest?, as account: Account) async throws -> OutputResponse {
        let job = try await self.job(reference, account)
        if let cursor = page?.cursor, cursor.isEmpty || cursor.hasPrefix("/") { throw PageRequest.malformedCursor }
        var response = OutputResponse(id: job.id, name: "\(job.name)/output", state: job.state, files: [], skipped: [])
        guard job.attempt > 0 else { return response }
        let runs = folder.runs(of: job)
        let listing: OutputListing? = try await pool.run {
            guard let path = try AttemptFolder.output(among: runs) else { return nil }
            do throws(FloydError) {
                return try OutputFolder(path: path).list()
            } catch {
                // A job that never came so far has left nothing.
                guard error.code == .notFound else { throw error }
                return nil
            }
        }
        try await store.checkOutput(of: job)
        guard let listing else { return response }
        // A path may have been removed since its page was sent, so it is its place in the order that counts.
        let rest = listing.entries.drop { entry in
            page?.cursor.map { !$0.utf8.lexicographicallyPrecedes(entry.path.utf8) } ?? false
        }
        let shown = rest.prefix(page?.limit ?? .max)
        if shown.count < rest.count { response.next = shown.last?.path }
        response.files = shown.map { entry in
            OutputResponse.File(
                path: entry.path,
                type: entry.kind.rawValue,
                size: entry.size,
                modified: Date(timeIntervalSince1970: Double(entry.modified) / 1_000_000_000)
            )
        }
        // What can't be served stands on the last page.
        guard response.next == nil else { return response }
        response.skipped = listing.skipped.map { OutputResponse.Skipped(path: $0.path, reason: $0.reason) }
        if listing.isCut {
            response.skipped.append(OutputResponse.Skipped(path: "…", reason: "there is more than is listed"))
        }
        return response
    }

    func open(_ path: String, of reference: Reference, as account: Account) async throws -> OpenedFile {
        let job = try await self.job(reference, account)
        guard job.attempt > 0 else { throw FloydError(.notFound, "\(job.name) has not begun yet, so it has no output") }
        let runs = folder.runs(of: job)
        let present = folder.run(of: job).output
        return try await pool.run {
            let file = try OutputFolder(path: AttemptFolder.output(among: runs) ?? present).open(path)
            return OpenedFile(file, name: path.split(separator: "/").last.map(String.init) ?? path)
        }
    }

    func archive(
        of reference: Reference,
        as format: ArchiveFormat,
        asking account: Account
    ) async throws -> OpenedArchive {
        let job = try await self.job(reference, account)
        guard job.attempt > 0 else { throw FloydError(.notFound, "\(job.name) has not begun yet, so it has no output") }
        let runs = folder.runs(of: job)
        let present = folder.run(of: job).output
        let found = try await pool.run { try AttemptFolder.output(among: runs) }
        let source = try await pool.produced { () throws(FloydError) in
            try OutputArchive(path: found ?? present, as: format)
        }
        return OpenedArchive(name: "\(job.name.fileName)-output.\(format.rawValue)") { [store] in
            let piece = try await source()
            // Its end is all that says that nothing is missing.
            if piece == nil { try await store.checkOutput(of: job) }
            return piece
        }
    }

    /// - Throws: `gone` if what it left was deleted.
    private func job(_ reference: Reference, _ account: Account) async throws -> JobRecord {
        let job = try await store.references.job(reference, asking: account)
        try job.checkOutput()
        return job
    }
}

extension Store {
    /// Whether a job's output is still there, behind whatever was read of it: files that are removed meanwhile would be missed by nobody.
    ///
    /// - Throws: `gone`, or `jobNotFound`, if it was deleted.
    func checkOutput(of job: JobRecord) async throws {
        // What is deleted had ended.
        guard job.state == .finished else { return }
        guard let present = try await jobs.get(job.id) else {
            throw FloydError(.jobNotFound, "\(job.name) was deleted meanwhile")
        }
        try present.checkOutput()
    }
}

extension OpenedFile {
    fileprivate init(_ file: consuming OutputFolder.File, name: String) {
        let status = file.status
        self.init(
            descriptor: file.release(),
            size: status.size,
            name: name,
            validator: Self.validator(of: status)
        )
    }

    /// A job may write to the file at any time, and no program can set the time of change. Hashed, since numbers of inodes are nobody's
    /// business.
    private static func validator(of status: FileStatus) -> String {
        let stamp = "\(status.device) \(status.inode) \(status.size) \(status.modified) \(status.changed)"
        return Hex.string(FileHasher.sha256(Array(stamp.utf8)).prefix(16))
    }
}
