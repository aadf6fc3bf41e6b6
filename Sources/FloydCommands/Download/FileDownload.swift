import FloydAPI
import FloydClient
import FloydModel
import FloydTree

/// Fetches one file. It appears whole and verified, or not at all.
struct FileDownload {
    /// Where the file goes.
    struct Place {
        var folder: String
        var name: String

        /// - Parameters:
        ///   - given: an existing folder, or the file's new name; nil: `here`, under its own.
        init(_ given: String?, in here: String, of path: String) {
            let own = path.split(separator: "/").last.map(String.init) ?? path
            guard let given else {
                (folder, name) = (here, own)
                return
            }
            if given.hasSuffix("/") || LocalFile.isFolder(given) {
                (folder, name) = (given, own)
            } else {
                folder = LocalFile.parent(of: given)
                name = given.split(separator: "/").last.map(String.init) ?? own
            }
        }

        var path: String { "\(folder)/\(name)" }
    }

    var client: FloydClient
    var context: CommandContext
    var place: Place
    /// Whether a file that differs is replaced.
    var isForced: Bool

    func fetch(_ path: String, of tree: RemoteTree) throws(FloydError) -> DownloadSummary {
        let (size, tag) = try client.file(path, of: tree)
        guard let hash = ContentHash(tag) else {
            throw FloydError(
                .protocolViolation,
                "the server names \(TreePath.quoted(path)) by a hash that this release doesn't know",
                hint: "Update floydlite."
            )
        }
        var summary = DownloadSummary(name: "\(tree.name): \(path)", folder: place.path)
        var target = try TargetFolder(path: place.folder)
        if let found = try target.find(place.name) {
            if found.kind == .file, found.size == size, try target.hash(of: place.name, hash.algorithm) == hash {
                summary.kept = 1
                return summary
            }
            try check(found, &target)
        }
        let progress = TransferProgress(console: context.console, label: "fetch", total: size, files: 1)
        defer { progress.end() }
        var part = try target.openPart(of: place.name, mark: hash.mark, executable: false, hash.algorithm)
        try part.resume(limit: size)
        progress.found(part.size)
        if part.size < size {
            try client.file(
                path,
                of: tree,
                tag: tag,
                from: part.size,
                interrupted: { progress.note("floydlite: \($0.message); trying again") },
                receive: { bytes throws(FloydError) in
                    try part.append(bytes)
                    progress.received(Int64(bytes.count))
                }
            )
        }
        summary.bytes = part.size
        guard part.hash() == hash else {
            try target.remove(part, of: place.name)
            throw FloydError(.contentMismatch, "\(TreePath.quoted(path)) came damaged", hint: "Try again.")
        }
        try target.finish(part, as: place.name)
        summary.files = 1
        return summary
    }

    func fetch(_ path: String, ofOutputOf job: JobResponse) throws(FloydError) -> DownloadSummary {
        var summary = DownloadSummary(name: "\(job.name)/output: \(path)", folder: place.path)
        var target = try TargetFolder(path: place.folder)
        if let found = try target.find(place.name) { try check(found, &target) }
        let mark = String(Hex.string(FileHasher.sha256(Array("\(job.id) \(path)".utf8))).prefix(32))
        var part = try target.openPart(of: place.name, mark: mark, executable: false, .blake3)
        let console = context.console
        do throws(FloydError) {
            try part.restart()
            try client.outputFile(
                path,
                of: Reference(.id(job.id)),
                interrupted: { console.note("floydlite: \($0.message); trying again") },
                restarted: { () throws(FloydError) in try part.restart() },
                receive: { bytes throws(FloydError) in try part.append(bytes) }
            )
        } catch {
            try? target.remove(part, of: place.name)
            throw error
        }
        summary.bytes = part.size
        try target.finish(part, as: place.name)
        summary.files = 1
        return summary
    }

    private func check(_ found: TargetFolder.Found, _ target: inout TargetFolder) throws(FloydError) {
        let shown = target.shown(place.name)
        guard found.kind == .file || found.kind == .link else {
            throw FloydError(.localFile, "\(shown) is there and is no file", hint: "Give another place with --into.")
        }
        guard isForced else {
            throw FloydError(
                .alreadyExists,
                "\(shown) is there already",
                hint: "Give another place with --into, or replace it with --force."
            )
        }
    }
}
