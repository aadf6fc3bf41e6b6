internal import FloydBlobs
internal import FloydModel
internal import FloydStore
internal import FloydTree
internal import FoundationEssentials

/// What an inspection of the data store found.
public struct InspectionReport: Sendable, Hashable {
    public var trees = 0
    public var contents = 0
    /// Bytes of the contents.
    public var bytes: Int64 = 0
    /// Contents that no tree names: the next collection's, unless an upload is about to use them.
    public var unreferenced = 0
    /// Things that are wrong and not put right.
    public var damages = 0
    /// Things that were wrong and are put right.
    public var repairs = 0
}

/// Compares database and disk: trees, their manifests and folders of links, contents, and what lies about. Blocks.
///
/// Is safe beside a running server, for it looks twice before it says that something is missing, and holds a batch at a time. A repair removes strays, makes folders of links
/// anew that no job uses, and removes damaged contents that nothing needs; never a content that a tree needs.
struct StoreInspection {
    let store: Store
    let blobs: BlobStore
    /// Whether contents are hashed.
    let isQuick: Bool
    let isRepairing: Bool
    /// Gets a line for each thing that is wrong, or was put right.
    let tell: (String) -> Void

    func run() throws -> InspectionReport {
        var report = InspectionReport()
        try inspectTrees(&report)
        try inspectContents(&report)
        try inspectStrays(&report)
        return report
    }

    private func damage(_ text: String, _ report: inout InspectionReport) {
        report.damages += 1
        tell(text)
    }

    private func repaired(_ text: String, _ report: inout InspectionReport) {
        report.repairs += 1
        tell(text)
    }

    // MARK: - Trees

    private func inspectTrees(_ report: inout InspectionReport) throws {
        var last: TreeListing?
        while true {
            let trees = try store.trees.inventory(behind: last)
            for tree in trees {
                // Several accounts may have one tree; what is on the disk of it is looked at once.
                let isFirst = tree.digest != last?.digest
                report.trees += 1
                last = tree
                let flaw: String?
                do {
                    flaw = try flaws(of: tree, isFirst: isFirst, &report)
                } catch let error as FloydError {
                    flaw = "it can't be looked at: \(error.message)"
                }
                // It may have been deleted and collected since it was listed.
                guard let flaw, try isThere(tree) else { continue }
                damage("tree \(Hex.string(tree.digest)): \(flaw)", &report)
            }
            if trees.isEmpty { return }
        }
    }

    private func isThere(_ tree: TreeListing) throws -> Bool {
        try store.collection.haveTrees([tree.digest])[0]
    }

    /// What is wrong with the tree as a whole; what is wrong with parts of it is told.
    private func flaws(of tree: TreeListing, isFirst: Bool, _ report: inout InspectionReport) throws -> String? {
        let check = TreeCheck(blobs, digest: Array(tree.digest))
        if let flaw = check.manifestFlaw() { return "its manifest \(flaw)" }
        var unlisted = 0
        var missing: [String] = []
        let totals = try check.totals { files in
            let answers = try store.trees.lists(files.map { TreeContent($0.id) }, tree)
            unlisted += answers.count { !$0 }
            guard isFirst else { return }
            for file in files {
                if let flaw = blobs.flaw(of: file.id, size: file.size) {
                    missing.append("\(TreePath.quoted(file.path)) \(flaw)")
                }
            }
        }
        guard try missing.isEmpty || isThere(tree) else { return nil }
        for flaw in missing { damage("tree \(Hex.string(tree.digest)): \(flaw)", &report) }
        if unlisted > 0 { return "the database doesn't list \(unlisted) of its contents" }
        guard totals.files == tree.files, totals.bytes == tree.bytes, totals.withBytes == tree.listedFiles,
            totals.bytes == tree.listedBytes
        else { return "the database lists other files, or as many of other sizes, than its manifest" }
        if isFirst { try inspectFolder(of: check, tree, &report) }
        return nil
    }

    private func inspectFolder(of check: TreeCheck, _ tree: TreeListing, _ report: inout InspectionReport) throws {
        let flaws = try check.folderFlaws()
        guard !flaws.isEmpty, try isThere(tree) else { return }
        let name = "folder of links \(Hex.string(tree.digest))"
        guard isRepairing else {
            for flaw in flaws { damage("\(name): \(flaw)", &report) }
            return
        }
        guard try !store.trees.isMounted(tree.digest) else {
            return damage("\(name): \(flaws[0]); it is made anew when the jobs that use it have ended", &report)
        }
        do {
            try check.rebuildFolder()
            repaired("\(name): \(flaws[0]); it was made anew", &report)
        } catch {
            damage("\(name): \(flaws[0]); it can't be made anew: \(error.message)", &report)
        }
    }

    // MARK: - Contents

    private func inspectContents(_ report: inout InspectionReport) throws {
        let survey = ContentSurvey(blobs)
        try survey.forEachBatch { ids in
            let areNeeded = try store.collection.areInTrees(ids.map(TreeContent.init))
            report.unreferenced += areNeeded.count { !$0 }
            for (id, isNeeded) in zip(ids, areNeeded) {
                report.contents += 1
                var bytes: Int64 = 0
                let flaw =
                    isQuick ? blobs.flaw(of: id, size: nil) : blobs.flaw(of: id, size: nil) { bytes += Int64($0) }
                report.bytes += isQuick ? blobs.size(of: id) : bytes
                guard let flaw else { continue }
                try judge(flaw, id, isNeeded: isNeeded, survey, &report)
            }
        }
    }

    private func judge(
        _ flaw: ContentFlaw,
        _ id: ContentID,
        isNeeded: Bool,
        _ survey: ContentSurvey,
        _ report: inout InspectionReport
    ) throws {
        // Collected since it was listed; of one that a tree needs its tree tells.
        if flaw == .missing { return }
        let name = "content \(Hex.string(id.hash))\(id.executable ? ", executable," : "")"
        if isRepairing, !isNeeded {
            let isRemoved = try survey.remove(damaged: id) {
                try store.collection.areInTrees([TreeContent(id)])[0]
            }
            if isRemoved { return repaired("\(name) \(flaw); nothing needs it, and it was removed", &report) }
        }
        damage("\(name) \(flaw)\(isNeeded ? "" : "; no tree needs it")", &report)
    }

    // MARK: - The rest

    private func inspectStrays(_ report: inout InspectionReport) throws {
        let survey = ContentSurvey(blobs)
        for stray in try survey.strays() {
            guard isRepairing else {
                damage("\(TreePath.quoted(stray)) has no business in the store", &report)
                continue
            }
            do {
                try survey.remove(stray: stray)
                repaired("\(TreePath.quoted(stray)) had no business in the store, and was removed", &report)
            } catch {
                damage("\(TreePath.quoted(stray)) has no business in the store: \(error.message)", &report)
            }
        }
    }
}
