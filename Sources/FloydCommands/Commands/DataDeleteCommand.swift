import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct DataDeleteCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete versions of datasets.",
        discussion: """
            Their numbers are never given again, and jobs that used them still name them. A version that a waiting or running job uses \
            can't be deleted.
            """
    )

    @Argument(
        help: ArgumentHelp("Versions: NAME/NUMBER, or ids; in a dataset's folder a number.", valueName: "version")
    )
    var versions: [String]
    @Flag(name: [.customShort("y"), .long], help: "Don't ask.")
    var yes = false
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let client = try context.client()
        // All of them are looked up before any goes.
        var found: [DatasetVersionResponse] = []
        for text in versions {
            let version = try version(text, client, context)
            if !found.contains(where: { $0.id == version.id }) { found.append(version) }
        }
        guard try isMeant(found, context) else {
            context.console.note("Nothing was deleted.")
            return ExitStatus.success
        }
        let renderer = OutputRenderer(format: output.format, context: context)
        try renderer.render(found, as: { DeletedVersions(items: $0) }) { version throws(FloydError) in
            try client.deleteVersion(Reference(.id(version.id)))
        }
        return ExitStatus.success
    }

    /// The version that `text` names by its number or its own id.
    private func version(
        _ text: String,
        _ client: FloydClient,
        _ context: CommandContext
    ) throws(FloydError) -> DatasetVersionResponse {
        var reference = try Reference(parsing: text)
        if reference.isNumber {
            let marker = try FolderMarker.dataset.required(in: context.folder)
            reference = .completing(reference, in: marker.resource(.datasets))
        }
        if case .name(_, _, nil) = reference.target { throw Self.noVersion(text) }
        let version = try client.datasetVersion(reference)
        if case .id(let id) = reference.target, id != version.id { throw Self.noVersion(text) }
        return version
    }

    private static func noVersion(_ text: String) -> FloydError {
        FloydError(
            .invalidRequest,
            "\(text) names a dataset, not a version",
            hint: "Say which: NAME/NUMBER; `floydlite data status \(text)` lists them."
        )
    }

    private func isMeant(_ versions: [DatasetVersionResponse], _ context: CommandContext) throws(FloydError) -> Bool {
        if yes { return true }
        let names = versions.map { "\($0.name) (\(TextStyle.bytes($0.size)))" }.joined(separator: ", ")
        return try context.confirmDeletion(of: names)
    }
}
