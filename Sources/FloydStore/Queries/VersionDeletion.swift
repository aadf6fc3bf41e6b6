public import FloydModel
public import FoundationEssentials
import GRDB

extension VersionQueries {
    /// Deletes a version: it shows nowhere but in the jobs that used it, and lets go of its tree. Its number is never given again.
    ///
    /// One transaction decides between this and a job that is submitted at the same moment.
    ///
    /// - Parameter account: whoever deletes it, who is told the names of jobs that it may see.
    /// - Throws: `FloydError` with `datasetNotFound` if there is no such version, `conflict`, which names the jobs, while one that mounts it waits
    ///   or runs. Then nothing has changed.
    public func delete(_ id: ObjectID, as account: Account, at now: Date) async throws {
        try await store.write { db in
            guard let version = try Self.version("v.id = ?", [id.string], db) else {
                throw FloydError(.datasetNotFound, "there is no dataset version \(id)")
            }
            let users = try Self.liveJobs(mounting: version.pk, account, db)
            guard users.isEmpty else { throw Self.refusal(version, users) }
            try db.run(
                "UPDATE dataset_versions SET tree = NULL, deleted = ?, shared = NULL WHERE pk = ?",
                [now.milliseconds, version.pk]
            )
        }
    }

    /// How many jobs a refusal names.
    private static let named = 5

    /// The jobs' names, or nil for one that the account may not see; those come last.
    private static func liveJobs(
        mounting version: Int64,
        _ account: Account,
        _ db: Database
    ) throws -> [NumberedName?] {
        let sql = """
            SELECT p.name, u.name AS owner_name, j.number, \(Visibility.condition("p")) AS visible
            FROM job_inputs i JOIN jobs j ON j.pk = i.job JOIN projects p ON p.pk = j.project JOIN users u ON u.pk = j.owner
            WHERE i.version = ? AND j.state <> 'finished' ORDER BY visible DESC, j.pk LIMIT \(named + 1)
            """
        return try db.all(sql, Visibility(account).arguments + [version]) { columns in
            guard try columns.value("visible") as Bool else { return nil }
            let project = ResourceName(
                owner: try columns.name("owner_name"),
                collection: .projects,
                name: try columns.name("name")
            )
            return NumberedName(project, try columns.value("number"))
        }
    }

    private static func refusal(_ version: DatasetVersionRecord, _ users: [NumberedName?]) -> FloydError {
        let names = users.prefix(named).compactMap { $0?.description }
        guard let first = names.first else {
            return FloydError(
                .conflict,
                "\(version.name) can't be deleted: jobs of others use it",
                hint: "They mounted it while it was public. Wait until they have ended, or ask an admin to stop them."
            )
        }
        let verb = users.count == 1 ? "uses" : "use"
        return FloydError(
            .conflict,
            """
            \(version.name) can't be deleted: \(names.joined(separator: ", "))\
            \(users.count > names.count ? " and more" : "") \(verb) it
            """,
            hint: "Wait until they have ended, or stop them: floydlite stop \(first)."
        )
    }
}
