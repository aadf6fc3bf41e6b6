import FloydModel
import GRDB

/// The jobs that wait or run and mount something, which therefore can't be deleted.
struct LiveMounts {
    enum Source {
        /// The dataset version with that key.
        case version(Int64)
        /// The output of the job with that key.
        case output(Int64)
    }

    /// How many jobs a refusal names.
    private static let named = 5

    /// The jobs' names, or nil for one that the account may not see; those come last. No more than it takes for a refusal.
    private let names: [NumberedName?]

    init(of source: Source, as account: Account, _ db: Database) throws {
        let (column, key) =
            switch source {
            case .version(let key): ("version", key)
            case .output(let key): ("source_job", key)
            }
        let sql = """
            SELECT p.name, u.name AS owner_name, j.number, \(Visibility.condition("p")) AS visible
            FROM job_inputs i JOIN jobs j ON j.pk = i.job JOIN projects p ON p.pk = j.project JOIN users u ON u.pk = j.owner
            WHERE i.\(column) = ? AND j.state <> 'finished' ORDER BY visible DESC, j.pk LIMIT \(Self.named + 1)
            """
        names = try db.all(sql, Visibility(account).arguments + [key]) { columns in
            guard try columns.value("visible") as Bool else { return nil }
            let project = ResourceName(
                owner: try columns.name("owner_name"),
                collection: .projects,
                name: try columns.name("name")
            )
            return NumberedName(project, try columns.value("number"))
        }
    }

    /// - Throws: `FloydError` with `conflict`, which names them, if there are any.
    /// - Parameter thing: what is to be deleted.
    func refuseDeletion(of thing: String) throws(FloydError) {
        guard !names.isEmpty else { return }
        let seen = names.prefix(Self.named).compactMap { $0?.description }
        guard let first = seen.first else {
            throw FloydError(
                .conflict,
                "\(thing) can't be deleted: jobs of others use it",
                hint: "They mounted it while it was public. Wait until they have ended, or ask an admin to stop them."
            )
        }
        let verb = names.count == 1 ? "uses" : "use"
        throw FloydError(
            .conflict,
            "\(thing) can't be deleted: \(seen.joined(separator: ", "))\(names.count > seen.count ? " and more" : "") \(verb) it",
            hint: "Wait until they have ended, or stop them: floydlite stop \(first)."
        )
    }
}
