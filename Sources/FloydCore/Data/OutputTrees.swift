internal import FloydBlobs
internal import FloydModel
internal import FloydStore

/// The results of finished jobs as trees.
struct OutputTrees: Sendable {
    let store: Store
    let folder: DataFolder
    let trees: TreeKeeping

    /// Takes the job's whole output into the store, for `account`.
    ///
    /// - Throws: `FloydError`: `conflict` for a job that hasn't ended, or whose output changes; `gone` where its output was deleted; `notFound` where there is none; `invalidPath`, which names
    ///   what can't be in a dataset; `outOfSpace`.
    func tree(of reference: Reference, for account: Account) async throws -> (tree: TreeRecord, job: JobRecord) {
        let job = try await store.references.job(reference, asking: account)
        guard job.state == .finished else {
            throw FloydError(
                .conflict,
                "\(job.name) has not ended yet, so its output is not whole",
                hint: "Wait for it: floydlite logs -t \(job.name)."
            )
        }
        try job.checkOutput()
        let runs = folder.runs(of: job)
        let quota = try await trees.storage.quota(of: account.id)
        let intake = OutputIntake { [storage = trees.storage] taken, next throws(FloydError) in
            try storage.checkSize(taken + next, quota: quota)
            try storage.checkDisk(for: next)
        }
        let tree: TreeRecord
        do {
            tree = try await trees.add(for: account.id, materialising: true) { tree in
                guard let path = try AttemptFolder.output(among: runs) else { throw Self.isEmpty(job) }
                try intake.add(path, to: &tree)
                guard tree.fileCount > 0 else { throw Self.isEmpty(job) }
            }
        } catch {
            // Why it failed, where it was deleted meanwhile.
            try await store.checkOutput(of: job)
            throw error
        }
        try await store.checkOutput(of: job)
        return (tree, job)
    }

    private static func isEmpty(_ job: JobRecord) -> FloydError {
        FloydError(
            .notFound,
            "\(job.name) left no files in /output",
            hint: "`floydlite output \(job.name)` lists what there is."
        )
    }
}
