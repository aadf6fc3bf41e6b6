import FloydAPI
import FloydClient
import FloydModel

/// Sends the current folder as a new version of a dataset, which it makes first if need be.
struct DatasetUpload {
    var client: FloydClient
    var context: CommandContext

    /// - Parameter name: the dataset's name for a folder that isn't one yet.
    func upload(_ name: String?, message: String?) throws(FloydError) -> DatasetVersionResponse {
        let (argument, marker) = try target(name)
        let survey = try survey()
        let dataset = if let marker { marker } else { try create(argument) }
        let reference = Self.reference(dataset)
        let base = try client.hasVersions(reference) ? reference : nil
        let committed = try folder(after: base).send(survey, isFirst: isFirst(after: base))
        return try client.createVersion(of: reference, from: committed.id, message: message)
    }

    /// What `upload` would send; it makes nothing.
    func preview(_ name: String?) throws(FloydError) -> UploadPreview {
        let (_, marker) = try target(name)
        let survey = try survey()
        var base: Reference?
        if let marker, try client.hasVersions(Self.reference(marker)) { base = Self.reference(marker) }
        return try folder(after: base).preview(survey, isFirst: isFirst(after: base))
    }

    /// Whether the server can have nothing of it: then hashing and sending go together. A file may also stand in another dataset of the account.
    private func isFirst(after base: Reference?) throws(FloydError) -> Bool {
        if base != nil { return false }
        return try !client.hasVersions()
    }

    private func folder(after base: Reference?) -> FolderUpload {
        FolderUpload(client: client, context: context, folder: context.folder, label: .data, base: base)
    }

    private func target(_ name: String?) throws(FloydError) -> (ResourceArgument?, FolderMarker.Content?) {
        let argument = try name.map { text throws(FloydError) in try ResourceArgument(parsing: text, in: .datasets) }
        let marker = try FolderMarker.dataset.load(in: context.folder)
        try check(argument, against: marker)
        return (argument, marker)
    }

    private func survey() throws(FloydError) -> FolderSurvey {
        let survey = try folder(after: nil).survey()
        guard survey.files > 0 else {
            throw FloydError(
                .localFile,
                "there is nothing to upload in \(context.folder)",
                hint: "Put the files of the dataset there."
            )
        }
        return survey
    }

    private static func reference(_ dataset: FolderMarker.Content) -> Reference {
        Reference(.name(owner: dataset.namespace, name: dataset.name, number: nil), collection: .datasets)
    }

    private func check(_ argument: ResourceArgument?, against marker: FolderMarker.Content?) throws(FloydError) {
        if let argument, let marker {
            guard argument.name == marker.name, argument.owner ?? marker.namespace == marker.namespace else {
                throw FloydError(
                    .conflict,
                    "this folder is the dataset \(marker.resource(.datasets))",
                    hint: "Leave out the name to upload a new version of it, "
                        + "or make it another's with `floydlite data init \(argument.name)`."
                )
            }
        }
        guard argument == nil, marker == nil else { return }
        if let project = try FolderMarker.project.load(in: context.folder) {
            throw FloydError(
                .notInitialised,
                "this folder is the project \(project.resource(.projects)), whose code `floydlite run` sends by itself",
                hint: "To keep it as a dataset too, give a name: `floydlite upload NAME`."
            )
        }
        throw FloydError(
            .notInitialised,
            "this folder is not a dataset",
            hint: "Give a name to make it one: `floydlite upload NAME`."
        )
    }

    private func create(_ argument: ResourceArgument?) throws(FloydError) -> FolderMarker.Content {
        guard let argument else { return try FolderMarker.dataset.required(in: context.folder) }
        try argument.checkOwner(with: client)
        let content = try FolderMarker.Content(client.createDataset(argument.name))
        try FolderMarker.dataset.save(content, in: context.folder)
        return content
    }
}
