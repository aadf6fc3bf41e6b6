import FloydModel

/// The files of one intake: a draft of the folder of uploads, all of it.
struct IntakePaths: Sendable, Hashable {
    let folder: String

    init(_ id: ObjectID, in layout: StoreLayout) {
        folder = StoreLayout.draft("\(Self.mark)\(id)", in: layout.uploads)
    }

    init(folder: String) {
        self.folder = folder
    }

    /// What an intake's name begins with, behind the mark of a draft.
    static let mark = "intake-"

    /// Held while somebody works here: other processes than the daemon take files in, too, also while it starts.
    var lock: String { "\(folder)/lock" }
    /// Canonical, all hashes in it.
    var manifest: String { "\(folder)/manifest" }
    /// Where files may be written before they are added.
    var incoming: String { "\(folder)/incoming" }
    /// The tree as links to contents, before it has its name.
    var tree: String { "\(folder)/tree" }
    /// The files that were added and aren't empty, by number in the order of the manifest.
    var staged: String { "\(folder)/staged" }

    func stagedFolder(_ number: Int) -> String { "\(staged)/\(number / UploadPaths.filesPerFolder)" }
    func stagedFile(_ number: Int) -> String { "\(stagedFolder(number))/\(number)" }
}
