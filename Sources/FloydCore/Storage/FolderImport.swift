internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydProject
internal import FloydTree
internal import Glibc

/// Takes a folder of this machine into the store, as an upload of it would: what `.floydignore` says is left out, and what can't be in a dataset is refused by its name. Blocks.
struct FolderImport: Sendable {
    let folder: String
    /// Whether the files themselves become part of the store, by hard links.
    let isLinking: Bool
    /// What the folder has to have nothing to do with.
    let server: ServerFolder
    /// Is told of each file's size before it is taken, and ends it all by throwing.
    let admit: @Sendable (Int64) throws(FloydError) -> Void

    func add(to intake: inout TreeIntake) throws(FloydError) {
        let rules = try IgnoreRules(folder: folder)
        let top = try Self.opening(folder) { () throws(SystemError) in
            try FileDescriptor.open(folder, O_RDONLY | O_DIRECTORY)
        }
        try server.checkApart(top, folder)
        if isLinking {
            // What can't be taken in shows before the first file is made read-only.
            try walk(rules) { entry, _ throws(FloydError) in try check(entry, top) }
        }
        try walk(rules) { entry, stamp throws(FloydError) in
            try check(entry, top)
            switch entry.kind {
            case .dir: try intake.addFolder(entry.path)
            case .link: try intake.addLink(entry.path, target: entry.target ?? "")
            case .file: try addFile(entry, stamp, top, &intake)
            }
        }
        guard intake.fileCount > 0 else { throw FloydError(.localFile, "there is nothing to import in \(folder)") }
    }

    private func walk(
        _ rules: IgnoreRules,
        _ body: (ManifestEntry, FileStamp?) throws(FloydError) -> Void
    ) throws(FloydError) {
        try FolderWalk.forEachEntry(
            of: folder,
            ignoring: { path, isFolder in
                FolderMarkers.contain(path) || rules.ignores(path: path, isDirectory: isFolder)
            },
            body
        )
    }

    private func check(_ entry: ManifestEntry, _ top: borrowing FileDescriptor) throws(FloydError) {
        if entry.kind == .dir { try server.checkEntry(entry.path, in: top, folder) }
    }

    private func addFile(
        _ entry: ManifestEntry,
        _ stamp: FileStamp?,
        _ top: borrowing FileDescriptor,
        _ intake: inout TreeIntake
    ) throws(FloydError) {
        if !isLinking { try admit(entry.size) }
        let file = try Self.opening(entry.path) { () throws(SystemError) in
            try top.openBeneath(entry.path, FileDescriptor.readingQuietly)
        }
        let status = try Self.opening(entry.path) { () throws(SystemError) in try file.status() }
        guard status.kind == .file, status.size == entry.size, status.inode == stamp?.inode else {
            throw FloydError(
                .localFile,
                "\(TreePath.quoted(entry.path)) changed while the folder was read",
                hint: "Try again when nothing writes there."
            )
        }
        if isLinking {
            try intake.addFile(entry.path, executable: entry.executable, linking: file)
        } else {
            try intake.addFile(entry.path, executable: entry.executable, copying: file)
        }
    }

    private static func opening<Result: ~Copyable>(
        _ path: String,
        _ body: () throws(SystemError) -> Result
    ) throws(FloydError) -> Result {
        do {
            return try body()
        } catch {
            throw FloydError(.localFile, "\(TreePath.quoted(path)) can't be read: \(error)")
        }
    }
}
