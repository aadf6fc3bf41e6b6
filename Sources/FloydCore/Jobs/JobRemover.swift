internal import FloydModel
internal import FloydOS
internal import FloydRun
internal import FloydStore
internal import Glibc

/// Removes the files of jobs that were deleted.
///
/// They are moved aside first, all of one folder at once, so that nobody finds a part of them; then they are removed, and the note in the
/// database last. A crash at any point leaves the note, or folders aside that nothing needs: `removeAll` begins with what is there.
struct JobRemover: Sendable {
    private static let batch = 1_000

    let store: Store
    let folder: DataFolder
    /// For what takes long.
    let pool: BlockingPool

    /// What went wrong with the files of one job, or with what lay aside.
    struct Problem: Sendable {
        let job: ObjectID?
        let error: any Error
    }

    /// Removes whatever is to be removed, one job after the other.
    ///
    /// - Parameter isWanted: asked before each file; the rest stays for another time when it isn't any more.
    /// - Returns: what could not be removed; it is tried again the next time.
    /// - Throws: what the database says when it can't be asked.
    func removeAll(while isWanted: @escaping @Sendable () -> Bool) async throws -> [Problem] {
        var problems: [Problem] = []
        while isWanted() {
            let leftovers = try await store.jobs.leftovers(limit: Self.batch)
            problems = []
            for leftover in leftovers where isWanted() {
                do {
                    try await pool.run { try remove(leftover, while: isWanted) }
                    // Half removed is not removed.
                    guard isWanted() else { break }
                    Failpoint.removalDone.reach()
                    try await store.jobs.forget(leftover)
                } catch {
                    problems.append(Problem(job: leftover.job, error: error))
                }
            }
            if leftovers.count < Self.batch || problems.count == leftovers.count { break }
        }
        do {
            try await pool.run { try removeStrays(while: isWanted) }
        } catch {
            problems.append(Problem(job: nil, error: error))
        }
        return problems
    }

    /// A folder of a job's, and where it lies until it is removed.
    struct Move: Hashable {
        var path: String
        var aside: String
    }

    /// Which folders are moved for it, whether they are there or not.
    func moves(of leftover: JobLeftover) -> [Move] {
        let job = leftover.job.string
        switch leftover.part {
        case .job: return [Move(path: "\(folder.runs)/\(job)", aside: "\(folder.removed)/\(job)")]
        case .output:
            // An attempt takes the output of the one before along, which may have been moved in between.
            return (0..<leftover.attempts).flatMap { index -> [Move] in
                let run = RunDirectory(in: folder.runs, jobID: job, attempt: index + 1)
                let aside = "\(folder.removed)/\(job).\(index + 1).output"
                return [
                    Move(path: run.output, aside: aside),
                    Move(path: "\(AttemptFolder.aside(run))/output", aside: "\(aside).unreadable"),
                ]
            }
        }
    }

    private func remove(_ leftover: JobLeftover, while isWanted: () -> Bool) throws {
        let moves = moves(of: leftover)
        for move in moves where try FileStatus.of(move.path) != nil {
            // What the folder was before, when a crash came between.
            if try FileStatus.of(move.aside) != nil { try Folder.removeTree(move.aside, while: isWanted) }
            guard isWanted() else { return }
            do throws(SystemError) {
                try setAside(move)
            } catch {
                // A name takes room, too, and on a full disk there may be none before this is gone.
                guard [ENOSPC, EDQUOT].contains(error.code) else { throw error }
                try Folder.removeTree(move.path, while: isWanted)
            }
        }
        Failpoint.removalMoved.reach()
        for move in moves where try FileStatus.of(move.aside) != nil {
            try Folder.removeTree(move.aside, while: isWanted)
        }
    }

    private func setAside(_ move: Move) throws(SystemError) {
        try Folder.create(folder.removed)
        try Folder.rename(move.path, to: move.aside)
        if let parent = Folder.parent(of: move.path) { try Folder.synchronize(parent) }
        try Folder.synchronize(folder.removed)
    }

    /// What lies aside and is in no note any more: power was lost before its removal was on the disk.
    private func removeStrays(while isWanted: () -> Bool) throws {
        guard try FileStatus.of(folder.removed) != nil else { return }
        for name in try Folder.names(in: folder.removed) where isWanted() {
            try Folder.removeTree("\(folder.removed)/\(name)", while: isWanted)
        }
    }
}
