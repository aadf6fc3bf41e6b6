import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct DataUploadsCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "uploads",
        abstract: "List your unfinished uploads, or give them up.",
        discussion: """
            An unfinished upload counts for your quota until it is finished, given up, or expires. The next command in its folder goes on with it; \
            after --abandon that begins anew.
            """
    )

    @Argument(help: ArgumentHelp("With --abandon: their ids.", valueName: "upload"))
    var uploads: [String] = []
    @Flag(help: "Give up the uploads that are named: what came of them goes.")
    var abandon = false
    @Flag(help: "With --abandon: all of them.")
    var all = false
    @Flag(name: [.customShort("y"), .long], help: "Don't ask.")
    var yes = false
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        try check()
        let client = try context.client()
        let unfinished = try client.uploads()
        if abandon { return try giveUp(all ? unfinished : named(among: unfinished), client, context) }
        if unfinished.isEmpty {
            context.console.note("There are no unfinished uploads.")
            if output.format == .table { return ExitStatus.success }
        }
        let folders = UnfinishedUpload.folders(environment: context.environment)
        let list = UploadList(items: unfinished, folders: folders)
        try OutputRenderer(format: output.format, context: context).render(list)
        return ExitStatus.success
    }

    private func check() throws(FloydError) {
        guard abandon else {
            guard uploads.isEmpty, !all else {
                throw FloydError(.invalidRequest, "without --abandon uploads are only listed", hint: "Add --abandon.")
            }
            return
        }
        guard all == uploads.isEmpty else {
            throw FloydError(
                .invalidRequest,
                all ? "both --all and uploads are given" : "it isn't said which uploads to give up",
                hint: "Name them, or say --all; `floydlite data uploads` lists them."
            )
        }
    }

    private func named(among unfinished: [UploadResponse]) throws(FloydError) -> [UploadResponse] {
        var found: [UploadResponse] = []
        for text in uploads {
            guard let upload = unfinished.first(where: { $0.id.string == text }) else {
                throw FloydError(
                    .notFound,
                    "you have no unfinished upload \(TextStyle.printable(text))",
                    hint: "`floydlite data uploads` lists them."
                )
            }
            if !found.contains(upload) { found.append(upload) }
        }
        return found
    }

    /// Each that can be: one that is just being sent keeps none of the others.
    private func giveUp(
        _ uploads: [UploadResponse],
        _ client: FloydClient,
        _ context: CommandContext
    ) throws(FloydError) -> Int32 {
        guard !uploads.isEmpty, try isMeant(uploads, context) else {
            context.console.note("Nothing was given up.")
            return ExitStatus.success
        }
        var given: [UploadResponse] = []
        var failure: FloydError?
        for upload in uploads {
            do throws(FloydError) {
                try Self.giveUp(upload, client)
                given.append(upload)
            } catch {
                failure = failure ?? error
            }
        }
        if !given.isEmpty {
            try OutputRenderer(format: output.format, context: context).render(AbandonedUploads(items: given))
        }
        if let failure { throw failure }
        return ExitStatus.success
    }

    private func isMeant(_ uploads: [UploadResponse], _ context: CommandContext) throws(FloydError) -> Bool {
        if yes { return true }
        return try context.confirmGivingUp(Self.names(of: uploads))
    }

    private static func names(of uploads: [UploadResponse]) -> String {
        let names = uploads.map { upload in
            let amount = "\(TextStyle.bytes(upload.offset)) of \(TextStyle.bytes(upload.length))"
            return "\(upload.id) (\(amount))"
        }
        return "the upload\(uploads.count == 1 ? "" : "s") \(names.joined(separator: ", "))"
    }

    private static func giveUp(_ upload: UploadResponse, _ client: FloydClient) throws(FloydError) {
        do throws(FloydError) {
            try client.abort(upload.id)
        } catch {
            switch error.code {
            // It has expired meanwhile, or the answer to the first try was lost.
            case .notFound: return
            case .locked:
                throw FloydError(
                    .locked,
                    "the upload \(upload.id) is just being sent or finished",
                    hint: "Stop the command that sends it, or wait for its end."
                )
            default: throw error
            }
        }
    }
}
