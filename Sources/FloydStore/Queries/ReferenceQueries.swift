public import FloydModel
import GRDB

/// What a reference means to the account that asks.
///
/// What the account may not see (not its own, not public, and it is no admin) is answered exactly like what does not exist; the
/// suggestions in a hint are drawn from what it may see.
public struct ReferenceQueries: Sendable {
    let store: Store

    /// A data source of a job.
    public enum DataSource: Sendable, Hashable {
        case version(DatasetVersionRecord)
        /// The output of this job, whatever its state.
        case output(JobRecord)
    }

    /// The job meant: by its id, by a number of its project, or the latest of a project given by id or name. An `/output` behind it
    /// is left aside.
    ///
    /// - Throws: `FloydError` with `jobNotFound`, or with `invalidName` for a number alone.
    public func job(_ reference: Reference, asking account: Account) async throws -> JobRecord {
        try await store.read { db in
            switch reference.target {
            case .id(let id):
                if let job = try Self.job(id, account, db) { return job }
                guard let project = try Self.resource(.projects, id, account, db) else {
                    throw FloydError(.jobNotFound, "there is no job \(id)", hint: "`floydlite status` lists your jobs.")
                }
                return try Self.job(nil, of: project, db)
            case .number(let number):
                throw Self.loneNumber(number, .projects)
            case .name(let owner, let name, let number):
                guard reference.collection != .datasets,
                    let project = try Self.resource(.projects, owner, name, account, db)
                else {
                    throw FloydError(
                        .jobNotFound,
                        "there is no job \(reference)",
                        hint: try Suggestions(.projects, owner, name, account).hint(db)
                    )
                }
                return try Self.job(number, of: project, db)
            }
        }
    }

    /// The dataset version meant: by its id, by a number of its dataset, or the latest of a dataset given by id or name.
    ///
    /// - Throws: `FloydError` with `datasetNotFound`, or with `invalidName` for a number alone.
    public func version(_ reference: Reference, asking account: Account) async throws -> DatasetVersionRecord {
        guard !reference.isOutput else { throw Self.outputIsNoDataset(reference) }
        return try await store.read { db in
            switch reference.target {
            case .id(let id):
                if let version = try Self.version(id, account, db) { return version }
                guard let dataset = try Self.resource(.datasets, id, account, db) else {
                    throw try Self.noDataset(id, account, db)
                }
                return try Self.version(nil, of: dataset, db)
            case .number(let number):
                throw Self.loneNumber(number, .datasets)
            case .name(let owner, let name, let number):
                guard reference.collection != .projects,
                    let dataset = try Self.resource(.datasets, owner, name, account, db)
                else { throw try Self.noDataset(reference, owner, name, account, db) }
                return try Self.version(number, of: dataset, db)
            }
        }
    }

    /// The dataset meant, by id or name. A version's id or number means its dataset, if there is such a version.
    ///
    /// - Throws: `FloydError` with `datasetNotFound`, or with `invalidName` for a number alone.
    public func dataset(_ reference: Reference, asking account: Account) async throws -> DatasetRecord {
        guard !reference.isOutput else { throw Self.outputIsNoDataset(reference) }
        return try await store.read { db in
            switch reference.target {
            case .id(let id):
                if let dataset = try Self.resource(.datasets, id, account, db) { return dataset }
                guard let version = try Self.version(id, account, db),
                    let dataset = try Self.resource(.datasets, version.dataset, account, db)
                else { throw try Self.noDataset(id, account, db) }
                return dataset
            case .number(let number):
                throw Self.loneNumber(number, .datasets)
            case .name(let owner, let name, let number):
                guard reference.collection != .projects,
                    let dataset = try Self.resource(.datasets, owner, name, account, db)
                else { throw try Self.noDataset(reference, owner, name, account, db) }
                if let number { _ = try Self.version(number, of: dataset, db) }
                return dataset
            }
        }
    }

    /// The project meant, by id or name. A job's id or number means its project, if there is such a job.
    ///
    /// - Throws: `FloydError` with `notFound`, or with `invalidName` for a number alone.
    public func project(_ reference: Reference, asking account: Account) async throws -> ProjectRecord {
        guard !reference.isOutput else {
            throw FloydError(.notFound, "\(reference) is a job's output, not a project")
        }
        return try await store.read { db in
            switch reference.target {
            case .id(let id):
                if let project = try Self.resource(.projects, id, account, db) { return project }
                guard let job = try Self.job(id, account, db),
                    let project = try Self.resource(.projects, job.project, account, db)
                else {
                    throw FloydError(
                        .notFound,
                        "there is no project \(id)",
                        hint: "The file .floydexpt in a project's folder has its id."
                    )
                }
                return project
            case .number(let number):
                throw Self.loneNumber(number, .projects)
            case .name(let owner, let name, let number):
                guard reference.collection != .datasets,
                    let project = try Self.resource(.projects, owner, name, account, db)
                else {
                    let hint = try Suggestions(.projects, owner, name, account).hint(db)
                    throw FloydError(.notFound, "there is no project \(reference)", hint: hint)
                }
                if let number { _ = try Self.job(number, of: project, db) }
                return project
            }
        }
    }

    /// The data source meant: a job's output if the reference ends in `/output`, else a dataset version.
    ///
    /// - Throws: as `job` and `version` do.
    public func source(_ reference: Reference, asking account: Account) async throws -> DataSource {
        if reference.isOutput { return .output(try await job(reference, asking: account)) }
        return .version(try await version(reference, asking: account))
    }

    /// The full names of the projects or datasets that an account may see, its own first, at most `limit`.
    public func visibleNames(
        _ collection: FloydModel.Collection,
        to account: Account,
        limit: Int = 1000
    ) async throws -> [ResourceName] {
        try await store.read { try Suggestions.visible(collection, account, limit, $0) }
    }

    // MARK: - Look-ups

    private static func resource(
        _ collection: FloydModel.Collection,
        _ id: ObjectID,
        _ account: Account,
        _ db: Database
    ) throws -> ResourceRecord? {
        let sql = ResourceQueries.select(collection) + " WHERE r.id = ? AND \(Visibility.condition("r"))"
        return try db.first(sql, [id.string] + Visibility(account).arguments) { try ResourceRecord($0, collection) }
    }

    private static func resource(
        _ collection: FloydModel.Collection,
        _ owner: Name?,
        _ name: Name,
        _ account: Account,
        _ db: Database
    ) throws -> ResourceRecord? {
        let sql =
            ResourceQueries.select(collection) + " WHERE u.name = ? AND r.name = ? AND \(Visibility.condition("r"))"
        let key: StatementArguments = [(owner ?? account.name).string, name.string]
        return try db.first(sql, key + Visibility(account).arguments) { try ResourceRecord($0, collection) }
    }

    private static func job(_ id: ObjectID, _ account: Account, _ db: Database) throws -> JobRecord? {
        let sql = "\(JobRecord.select) WHERE j.id = ? AND \(Visibility.condition("p"))"
        return try JobQueries.jobs(sql, [id.string] + Visibility(account).arguments, db).first
    }

    private static func version(_ id: ObjectID, _ account: Account, _ db: Database) throws -> DatasetVersionRecord? {
        let condition = "v.id = ? AND \(Visibility.condition("d"))"
        return try VersionQueries.version(condition, [id.string] + Visibility(account).arguments, db)
    }

    /// Number `number` of a project, or its latest job.
    private static func job(_ number: Int?, of project: ResourceRecord, _ db: Database) throws -> JobRecord {
        let sql = "\(JobRecord.select) WHERE j.project = ?1 AND j.number = COALESCE(?2, \(latestJob))"
        if let job = try JobQueries.jobs(sql, [project.pk, number], db).first { return job }
        let latest = try db.integer("SELECT \(latestJob)", [project.pk])
        guard let number, let latest else {
            throw FloydError(
                .jobNotFound,
                "\(project.name) has no jobs yet",
                hint: "`floydlite run` in the project's folder starts one."
            )
        }
        throw FloydError(
            .jobNotFound,
            "there is no job \(project.name)/\(number)",
            hint: "The latest is \(project.name)/\(latest)."
        )
    }

    /// Number `number` of a dataset, or its latest version.
    private static func version(
        _ number: Int?,
        of dataset: ResourceRecord,
        _ db: Database
    ) throws -> DatasetVersionRecord {
        let condition = "v.dataset = ?1 AND v.number = COALESCE(?2, \(latestVersion))"
        if let version = try VersionQueries.version(condition, [dataset.pk, number], db) { return version }
        let latest = try db.integer("SELECT \(latestVersion)", [dataset.pk])
        guard let number, let latest else {
            throw FloydError(
                .datasetNotFound,
                "\(dataset.name) has no versions yet",
                hint: "`floydlite data upload` in the dataset's folder makes one."
            )
        }
        throw FloydError(
            .datasetNotFound,
            "there is no dataset \(dataset.name)/\(number)",
            hint: "The latest is \(dataset.name)/\(latest)."
        )
    }

    private static let latestJob = "(SELECT MAX(number) FROM jobs WHERE project = ?1 AND deleted IS NULL)"
    private static let latestVersion =
        "(SELECT MAX(number) FROM dataset_versions WHERE dataset = ?1 AND deleted IS NULL)"

    // MARK: - Refusals

    private static func loneNumber(_ number: Int, _ collection: FloydModel.Collection) -> FloydError {
        let (kind, form) = collection == .projects ? ("job", "PROJECT/\(number)") : ("dataset", "DATASET/\(number)")
        return FloydError(.invalidName, "\(number) alone names no \(kind)", hint: "Give \(form).")
    }

    private static func outputIsNoDataset(_ reference: Reference) -> FloydError {
        FloydError(.datasetNotFound, "\(reference) is a job's output, not a dataset")
    }

    private static func noDataset(
        _ reference: Reference,
        _ owner: Name?,
        _ name: Name,
        _ account: Account,
        _ db: Database
    ) throws -> FloydError {
        // A job where a dataset is wanted: its output may be meant.
        if reference.collection != .datasets, try resource(.projects, owner, name, account, db) != nil {
            return FloydError(
                .datasetNotFound,
                "there is no dataset \(reference)",
                hint: "There is a project of this name; a job's results are \(reference)/output."
            )
        }
        let hint = try Suggestions(.datasets, owner, name, account).hint(db)
        return FloydError(.datasetNotFound, "there is no dataset \(reference)", hint: hint)
    }

    private static func noDataset(_ id: ObjectID, _ account: Account, _ db: Database) throws -> FloydError {
        let hint =
            try job(id, account, db) != nil
            ? "There is a job of this id; its results are \(id)/output."
            : "`floydlite data status` in a dataset's folder shows its id."
        return FloydError(.datasetNotFound, "there is no dataset \(id)", hint: hint)
    }
}
