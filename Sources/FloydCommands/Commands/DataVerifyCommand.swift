import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct DataVerifyCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Have the server read a version again and compare it with its hashes.",
        discussion: "Names the files that are damaged; the exit status is 1 then."
    )

    @Argument(help: "A version; the latest of a dataset; without it the latest of this folder's.")
    var data: String?
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    /// The exit status where something is damaged.
    static let isDamaged: Int32 = 1

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let client = try context.client()
        let version = try client.datasetVersion(reference(context))
        let progress = TransferProgress(
            console: context.console,
            label: "verify",
            total: version.size,
            files: version.files
        )
        var damaged: [VerifyMessage.Damage] = []
        let last: VerifyMessage
        do throws(FloydError) {
            last = try client.verify(Reference(.id(version.id))) { message throws(FloydError) in
                if message.result == nil, let damage = message.damaged { damaged.append(damage) }
                progress.reached(message.bytes, message.files)
            }
        } catch {
            progress.end()
            throw error
        }
        progress.end()
        if last.result == .failed {
            throw FloydError(
                .conflict,
                "\(version.name) could not be verified: \(last.damaged?.reason ?? "the server does not say why")"
            )
        }
        try OutputRenderer(format: output.format, context: context)
            .render(VerifiedVersion(version: version, message: last, damaged: damaged))
        return last.result == .whole ? ExitStatus.success : Self.isDamaged
    }

    private func reference(_ context: CommandContext) throws(FloydError) -> Reference {
        if let given = try context.reference(data), !given.isNumber { return given }
        let marker = try FolderMarker.dataset.required(in: context.folder)
        return .completing(try context.reference(data), in: marker.resource(.datasets))
    }
}
