import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct DataAddCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Make a finished job's results a new version of a dataset.",
        discussion: "Nothing is sent: the server takes what the job left in /output."
    )

    @Argument(help: "The job.")
    var job: String
    @Argument(help: "The dataset, made if it isn't there; without it this folder's.")
    var name: String?
    @Option(name: .shortAndLong, help: "What this version is about; without it the job's name.")
    var message: String?
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let job = try context.job(job)
        let client = try context.client()
        let dataset = try dataset(for: job, client, context)
        let version = try client.createVersion(of: dataset, fromOutputOf: job, message: message)
        try OutputRenderer(format: output.format, context: context).render(UploadedVersion(version: version))
        return ExitStatus.success
    }

    private func dataset(for job: Reference, _ client: FloydClient, _ context: CommandContext) throws(FloydError)
        -> Reference
    {
        guard let name else {
            let marker = try FolderMarker.dataset.required(in: context.folder)
            return Reference(.name(owner: marker.namespace, name: marker.name, number: nil), collection: .datasets)
        }
        let argument = try ResourceArgument(parsing: name, in: .datasets)
        try argument.checkOwner(with: client)
        // What can't become a version leaves no empty dataset.
        try Self.checkOutput(of: job, client)
        return Reference(.id(try client.createDataset(argument.name).id))
    }

    /// - Throws: `FloydError`: `conflict` for a job that hasn't ended, `notFound` where it left no files.
    private static func checkOutput(of job: Reference, _ client: FloydClient) throws(FloydError) {
        let output = try client.outputStart(of: job)
        guard output.state == .finished else {
            throw FloydError(
                .conflict,
                "\(output.name) has not ended yet, so its output is not whole",
                hint: "Wait for it: floydlite logs -t \(output.name)."
            )
        }
        guard output.next != nil || output.files.contains(where: { $0.type == "file" }) else {
            throw FloydError(.notFound, "\(output.name) left no files in /output")
        }
    }
}
