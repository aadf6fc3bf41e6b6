import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct VisibilityCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "visibility",
        abstract: "Show or say who may see a project or dataset.",
        usage: """
            floydlite visibility
            floydlite visibility NAME
            floydlite visibility [NAME] public
            floydlite visibility [NAME] private
            """,
        discussion: """
            What is public every account of the server may see, with all jobs or versions, their logs, outputs and code; and jobs of others may \
            have it as data. Only its owner and admins may change it. Of what becomes private, logs that others follow end within a minute, and \
            a job that mounts it has it until it ends.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "A project or dataset (without one that of this folder), and `public` or `private` to change it.",
            valueName: "name"
        )
    )
    var words: [String] = []
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func validate() throws {
        if words.count > 2 || words.count == 2 && Self.visibility(words[1]) == nil {
            throw ValidationError("say NAME, then public or private")
        }
    }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let wanted = words.last.flatMap(Self.visibility)
        let name = wanted == nil ? words.first : words.dropLast().first
        let client = try context.client()
        var (found, collection) = try find(name, client, context)
        if let wanted, wanted != found.isPublic {
            let reference = Reference(.id(found.id))
            found =
                switch collection {
                case .projects: try client.updateProject(reference, isPublic: wanted)
                case .datasets: try client.updateDataset(reference, isPublic: wanted)
                }
        }
        try OutputRenderer(format: output.format, context: context).render(ShownVisibility(resource: found))
        return ExitStatus.success
    }

    private static func visibility(_ word: String) -> Bool? {
        switch word {
        case "public": true
        case "private": false
        default: nil
        }
    }

    private typealias Found = (resource: ResourceResponse, collection: FloydModel.Collection)

    private func find(_ name: String?, _ client: FloydClient, _ context: CommandContext) throws(FloydError) -> Found {
        guard let name else { return try ofFolder(client, context) }
        let reference = try Reference(parsing: name)
        if case .name(_, _, .some) = reference.target {
            throw FloydError(
                .invalidRequest,
                "\(reference) names a part of something",
                hint: "All its jobs or versions are public or private together: leave out the number."
            )
        }
        switch reference.collection {
        case .projects: return (try client.project(reference), .projects)
        case .datasets: return (try client.dataset(reference), .datasets)
        case nil: break
        }
        let project = try absentAsNil { () throws(FloydError) in try client.project(reference) }
        let dataset = try absentAsNil { () throws(FloydError) in try client.dataset(reference) }
        switch (project, dataset) {
        case (let project?, nil): return (project, .projects)
        case (nil, let dataset?): return (dataset, .datasets)
        case (let project?, let dataset?):
            throw FloydError(
                .invalidRequest,
                "there are a project and a dataset \(reference)",
                hint: "Say which: \(project.name) or \(dataset.name)."
            )
        case (nil, nil):
            throw FloydError(
                .notFound,
                "there is no project or dataset \(reference)",
                hint: "`floydlite init NAME` begins a project, `floydlite data init NAME` a dataset."
            )
        }
    }

    private func absentAsNil(_ call: () throws(FloydError) -> ResourceResponse) throws(FloydError) -> ResourceResponse?
    {
        do throws(FloydError) {
            return try call()
        } catch {
            guard error.code == .notFound || error.code == .datasetNotFound else { throw error }
            return nil
        }
    }

    private func ofFolder(_ client: FloydClient, _ context: CommandContext) throws(FloydError) -> Found {
        let project = try FolderMarker.project.load(in: context.folder)
        let dataset = try FolderMarker.dataset.load(in: context.folder)
        switch (project, dataset) {
        case (let project?, nil):
            return (try client.project(.completing(nil, in: project.resource(.projects))), .projects)
        case (nil, let dataset?):
            return (try client.dataset(.completing(nil, in: dataset.resource(.datasets))), .datasets)
        case (let project?, let dataset?):
            throw FloydError(
                .invalidRequest,
                "this folder is a project and a dataset",
                hint: "Say which: \(project.resource(.projects)) or \(dataset.resource(.datasets))."
            )
        case (nil, nil):
            throw FloydError(
                .notInitialised,
                "this folder is neither a project nor a dataset",
                hint: "Name one: floydlite visibility NAME."
            )
        }
    }
}
