import FloydClient
import FloydModel
import FloydTree

/// What a download did.
struct DownloadSummary: Hashable {
    var name: String
    var folder: String
    /// Fetched ones, and their bytes.
    var files = 0
    var bytes: Int64 = 0
    /// Files that were there already.
    var kept = 0
}

/// Fetches a tree into a folder. Each file is hashed as it is written, and has its name when it is whole and right; what is there already stays.
struct TreeDownload {
    var client: FloydClient
    var context: CommandContext
    var folder: String
    /// Nil: everything.
    var scope: PathScope?
    /// Whether files that differ are replaced.
    var isForced: Bool

    /// - Throws: `FloydError`: `alreadyExists` where files differ and aren't to be replaced, `localFile` for what can't be written, `notFound` where the
    ///   scope has nothing; before anything is fetched. `contentMismatch` for bytes that came damaged.
    func fetch(_ tree: RemoteTree) throws(FloydError) -> DownloadSummary {
        let manifest = try FetchedManifest(of: tree, client: client, context: context)
        // Before the folder is made.
        if let scope, try !manifest.contains(scope) {
            throw FloydError(
                .notFound,
                "there is nothing at \(TreePath.quoted(scope.path)) in \(tree.name)",
                hint: "`floydlite data listfiles` shows what there is in a dataset."
            )
        }
        var target = try TargetFolder(path: folder)
        let plan = try plan(manifest, &target)
        try check(plan, target)
        try makeStructure(manifest, plan, &target)
        try fetchContents(of: tree, manifest, plan, target)
        return DownloadSummary(
            name: tree.name,
            folder: folder,
            files: plan.files,
            bytes: plan.bytes,
            kept: plan.keptFiles
        )
    }

    // MARK: Looking

    private func plan(
        _ manifest: borrowing FetchedManifest,
        _ target: inout TargetFolder
    ) throws(FloydError) -> DownloadPlan {
        var plan = DownloadPlan()
        var cursor = try manifest.cursor()
        var line = 0
        while let entry = try cursor.next() {
            let isWanted = isWanted(entry.path)
            plan.add(entry, line: line, isWanted ? try presence(of: entry, in: &target) : nil)
            line += 1
        }
        return plan
    }

    /// A tree of another client's may have a marker; the folder's own stays.
    private func isWanted(_ path: String) -> Bool {
        scope.includes(path) && !FolderMarkers.contain(path)
    }

    private func presence(
        of entry: ManifestEntry,
        in target: inout TargetFolder
    ) throws(FloydError) -> DownloadPlan.Presence {
        guard let found = try target.find(entry.path) else { return .absent }
        switch (entry.kind, found.kind) {
        case (.dir, .folder):
            return .present(hasWrongMode: false)
        case (.dir, _):
            throw Self.inTheWay(target.shown(entry.path), "\(found.kind.words), where a folder is to be")
        case (.file, .folder), (.link, .folder):
            throw Self.inTheWay(target.shown(entry.path), "a folder, where a \(entry.kind.rawValue) is to be")
        case (.link, .link):
            return try target.target(of: entry.path).elementsEqual((entry.target ?? "").utf8)
                ? .present(hasWrongMode: false) : .different
        case (.file, .file) where found.size == entry.size:
            guard let hash = entry.hash, try target.hash(of: entry.path, hash.algorithm) == hash else {
                return .different
            }
            return .present(hasWrongMode: (found.mode & 0o100 != 0) != entry.executable)
        case (.file, .other), (.link, .other):
            throw Self.inTheWay(target.shown(entry.path), found.kind.words)
        case (.file, _), (.link, _):
            return .different
        }
    }

    private static func inTheWay(_ shown: String, _ what: String) -> FloydError {
        FloydError(
            .localFile,
            "\(shown) is \(what)",
            hint: "Move it away, or take another folder with --into."
        )
    }

    private func check(_ plan: DownloadPlan, _ target: borrowing TargetFolder) throws(FloydError) {
        if plan.differingCount > 0, !isForced {
            let names = plan.differing.map(TextStyle.printable).joined(separator: ", ")
            let count = plan.differingCount
            throw FloydError(
                .alreadyExists,
                "\(count == 1 ? "a file" : "\(count) files") in \(folder) would be replaced: \(names)"
                    + (count > plan.differing.count ? ", …" : ""),
                hint: "Take another folder with --into, or replace \(count == 1 ? "it" : "them") with --force."
            )
        }
        if let free = target.free, free < plan.bytes {
            throw FloydError(
                .localFile,
                "\(folder) has room for \(TextStyle.bytes(free)), and \(TextStyle.bytes(plan.bytes)) are to be fetched"
            )
        }
    }

    // MARK: Fetching

    /// Makes all that has no bytes.
    private func makeStructure(
        _ manifest: borrowing FetchedManifest,
        _ plan: DownloadPlan,
        _ target: inout TargetFolder
    ) throws(FloydError) {
        var cursor = try manifest.cursor()
        var line = -1
        while let entry = try cursor.next() {
            line += 1
            guard isWanted(entry.path) else { continue }
            if plan.wrongModes.contains(line), let found = try target.find(entry.path) {
                // Who may read it may execute it.
                let mode = entry.executable ? found.mode | (found.mode & 0o444) >> 2 : found.mode & ~0o111
                try target.setMode(of: entry.path, mode)
            }
            switch entry.kind {
            case .dir:
                try target.makeFolder(entry.path)
            case .link where plan.needed.contains(line):
                try target.makeLink(entry.path, to: entry.target ?? "")
            case .file where entry.size == 0 && plan.needed.contains(line):
                var part = try target.openPart(
                    of: entry.path,
                    mark: "empty",
                    executable: entry.executable,
                    .blake3
                )
                try part.restart()
                try target.finish(part, as: entry.path)
            case .file, .link:
                break
            }
        }
    }

    /// Up to so many files one after another are asked for one by one: to find a place in the contents, the server reads the manifest up to there.
    private static let smallRun = 16

    private func fetchContents(
        of tree: RemoteTree,
        _ manifest: borrowing FetchedManifest,
        _ plan: DownloadPlan,
        _ target: consuming TargetFolder
    ) throws(FloydError) {
        let progress = TransferProgress(
            console: context.console,
            label: "fetch",
            total: plan.bytes,
            files: plan.files
        )
        defer { progress.end() }
        let digest = manifest.digest
        var receiver = TreeReceiver(
            target: target,
            cursor: try manifest.cursor(),
            needed: plan.needed,
            progress: progress
        )
        for run in plan.runs {
            guard run.files > Self.smallRun else {
                for _ in 0..<run.files { try fetchFile(of: tree, &receiver) }
                continue
            }
            let had = try receiver.beginFirst()
            guard run.start + had < run.end else { continue }
            try client.contents(
                of: tree,
                digest: digest,
                from: run.start + had,
                to: run.end,
                interrupted: { progress.note("floydlite: \($0.message); trying again") },
                receive: { bytes throws(FloydError) in try receiver.receive(bytes) }
            )
            try receiver.endRun()
        }
        for entry in receiver.takeSpoiled() {
            try receiver.beginAgain(entry)
            try fetch(entry, of: tree, from: 0, &receiver)
        }
    }

    private func fetchFile(of tree: RemoteTree, _ receiver: inout TreeReceiver) throws(FloydError) {
        let had = try receiver.beginFirst()
        guard let entry = receiver.entry else { return }
        try fetch(entry, of: tree, from: had, &receiver)
    }

    private func fetch(
        _ entry: ManifestEntry,
        of tree: RemoteTree,
        from start: Int64,
        _ receiver: inout TreeReceiver
    ) throws(FloydError) {
        let progress = receiver.progress
        try client.file(
            entry.path,
            of: tree,
            tag: entry.hash?.description ?? "",
            from: start,
            interrupted: { progress.note("floydlite: \($0.message); trying again") },
            receive: { bytes throws(FloydError) in try receiver.receive(bytes) }
        )
        try receiver.endRun()
    }
}
