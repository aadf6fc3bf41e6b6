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
            try LiveMounts(of: .version(version.pk), as: account, db).refuseDeletion(of: version.name.description)
            try db.run(
                "UPDATE dataset_versions SET tree = NULL, deleted = ?, shared = NULL WHERE pk = ?",
                [now.milliseconds, version.pk]
            )
        }
    }
}
