import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct DataStatusCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "List the versions of this folder's dataset, or of all yours elsewhere."
    )

    @Argument(help: "A dataset, or one version.")
    var data: String?
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let marker = try FolderMarker.dataset.load(in: context.folder)
        var reference = try context.reference(data)
        if reference?.isNumber == true {
            reference = .completing(
                reference,
                in: try FolderMarker.dataset.required(in: context.folder).resource(.datasets)
            )
        } else if reference == nil, let marker {
            reference = .completing(nil, in: marker.resource(.datasets))
        }
        let client = try context.client()
        let renderer = OutputRenderer(format: output.format, context: context)
        if let reference, let version = try version(reference, client) {
            switch output.format {
            case .table: try renderer.render(VersionList(items: [version]))
            case .json: try renderer.render(UploadedVersion(version: version))
            }
            return ExitStatus.success
        }
        let versions = try client.datasetVersions(of: reference)
        if versions.isEmpty {
            context.console.note("There is no data yet. Upload some with `floydlite data upload`.")
            if output.format == .table { return ExitStatus.success }
        }
        try renderer.render(VersionList(items: versions))
        return ExitStatus.success
    }

    /// The one version that `reference` names, or nil if it names a dataset.
    private func version(_ reference: Reference, _ client: FloydClient) throws(FloydError) -> DatasetVersionResponse? {
        switch reference.target {
        case .name(_, _, nil):
            return nil
        case .name, .number:
            return try client.datasetVersion(reference)
        case .id:
            do throws(FloydError) {
                return try client.datasetVersion(reference)
            } catch {
                // Datasets have ids too.
                guard error.code == .datasetNotFound || error.code == .notFound else { throw error }
                return nil
            }
        }
    }
}
