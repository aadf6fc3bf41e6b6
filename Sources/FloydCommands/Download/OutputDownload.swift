import FloydAPI
import FloydClient
import FloydModel
import FloydTree
import FoundationEssentials

/// Fetches a job's results into a folder. Each file appears whole or not at all. One that is there with the same size and time stays, and so does
/// one of another time with the same bytes where it isn't to be replaced.
struct OutputDownload {
    var client: FloydClient
    var context: CommandContext
    var folder: String
    /// Nil: everything.
    var scope: PathScope?
    /// Whether files that differ are replaced.
    var isForced: Bool
    /// The option that names the folder.
    var folderOption = "--into"

    func fetch(_ output: OutputResponse) throws(FloydError) -> DownloadSummary {
        // The server is not trusted with where files go here.
        for file in output.files where TreePath.isFlawed(file.path) {
            throw FloydError(
                .invalidPath,
                "the server names a file \(TextStyle.printable(file.path)), which can't be in a folder"
            )
        }
        let wanted = output.files.filter { scope.includes($0.path) && !FolderMarkers.contain($0.path) }
        if wanted.isEmpty, let scope { throw Self.nothing(at: scope, in: output) }
        var target = try TargetFolder(path: folder)
        let needed = try needed(of: wanted, from: Reference(.id(output.id)), in: &target)
        let progress = TransferProgress(
            console: context.console,
            label: "fetch",
            total: needed.reduce(0) { $0 + $1.size },
            files: needed.count
        )
        defer { progress.end() }
        var summary = DownloadSummary(name: output.name, folder: folder)
        summary.kept = wanted.count { $0.type == "file" } - needed.count
        for file in wanted {
            if file.type == "dir" { try target.makeFolder(file.path) }
        }
        for file in needed {
            summary.bytes += try fetch(file, of: Reference(.id(output.id)), to: &target, progress)
            summary.files += 1
            progress.finishedFile()
        }
        for file in wanted where file.type != "dir" && file.type != "file" {
            context.console.note("floydlite: \(TextStyle.printable(file.path)) is a \(file.type) and not fetched")
        }
        return summary
    }

    /// What is to be said where a job's results have nothing of what was asked for.
    static func nothing(at scope: PathScope, in output: OutputResponse) -> FloydError {
        FloydError(
            .notFound,
            "there is nothing at \(TreePath.quoted(scope.path)) in \(output.name)",
            hint: "`floydlite output` shows what there is."
        )
    }

    /// The files that aren't there as they should be.
    private func needed(
        of files: [OutputResponse.File],
        from job: Reference,
        in target: inout TargetFolder
    ) throws(FloydError) -> [OutputResponse.File] {
        var needed: [OutputResponse.File] = []
        var differing: [String] = []
        for file in files where file.type == "file" {
            guard let found = try target.find(file.path) else {
                needed.append(file)
                continue
            }
            guard found.kind != .folder else {
                throw FloydError(.localFile, "\(target.shown(file.path)) is a folder, where a file is to be")
            }
            if found.kind == .file, found.size == file.size {
                if found.modified == Self.seconds(file) { continue }
                // A copy of it, perhaps: results have no hash to ask for.
                if !isForced, try isEqual(file, of: job, in: &target) { continue }
            }
            needed.append(file)
            differing.append(file.path)
        }
        guard !isForced, !differing.isEmpty else { return needed }
        let names = differing.prefix(5).map(TextStyle.printable).joined(separator: ", ")
        throw FloydError(
            .alreadyExists,
            "\(differing.count == 1 ? "a file" : "\(differing.count) files") in \(folder) would be replaced: \(names)"
                + (differing.count > 5 ? ", …" : ""),
            hint:
                "Take another folder with \(folderOption), or replace \(differing.count == 1 ? "it" : "them") with --force."
        )
    }

    /// Whether the server sends just what is there.
    private func isEqual(
        _ file: OutputResponse.File,
        of job: Reference,
        in target: inout TargetFolder
    ) throws(FloydError) -> Bool {
        let progress = TransferProgress(console: context.console, label: "compare", total: file.size, files: 1)
        defer { progress.end() }
        var hasher = FileHasher(.blake3)
        var received: Int64 = 0
        try client.outputFile(
            file.path,
            of: job,
            interrupted: { progress.note("floydlite: \($0.message); trying again") },
            restarted: { () throws(FloydError) in
                progress.received(-received)
                hasher = FileHasher(.blake3)
                received = 0
            },
            receive: { bytes throws(FloydError) in
                hasher.update(bytes)
                received += Int64(bytes.count)
                progress.received(Int64(bytes.count))
            }
        )
        return try hasher.contentHash() == target.hash(of: file.path, .blake3)
    }

    private static func seconds(_ file: OutputResponse.File) -> Int64 {
        Int64(file.modified.timeIntervalSince1970)
    }

    private func fetch(
        _ file: OutputResponse.File,
        of job: Reference,
        to target: inout TargetFolder,
        _ progress: TransferProgress
    ) throws(FloydError) -> Int64 {
        // A job may change the file at any time: what an earlier command left is nothing to go on with.
        let mark = String(Hex.string(FileHasher.sha256(Array("\(job) \(file.path)".utf8))).prefix(32))
        var part = try target.openPart(of: file.path, mark: mark, executable: false, .blake3)
        do throws(FloydError) {
            try part.restart()
            try client.outputFile(
                file.path,
                of: job,
                interrupted: { progress.note("floydlite: \($0.message); trying again") },
                restarted: { () throws(FloydError) in
                    progress.received(-part.size)
                    try part.restart()
                },
                receive: { bytes throws(FloydError) in
                    try part.append(bytes)
                    progress.received(Int64(bytes.count))
                }
            )
        } catch {
            try? target.remove(part, of: file.path)
            throw error
        }
        let size = part.size
        part.setModified(Int(Self.seconds(file)))
        try target.finish(part, as: file.path)
        return size
    }
}

extension TreePath {
    /// Whether `path` can't be a path below a folder.
    fileprivate static func isFlawed(_ path: String) -> Bool {
        do throws(FloydError) {
            try check(path)
            return false
        } catch {
            return true
        }
    }
}
