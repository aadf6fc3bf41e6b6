/// The files of one upload.
struct UploadPaths: Sendable, Hashable {
    let folder: String
    /// Whether some files are put together as recipes say.
    var hasRecipes = false

    /// The manifest in canonical form; files may lack their hash.
    var manifest: String { "\(folder)/manifest" }
    /// `FileRecord`s of all files that have bytes, as the manifest came; of one that was told from another tree, of those that came.
    var index: String { "\(folder)/index" }
    /// The same of what the other tree has and this one hasn't.
    var dropped: String { "\(folder)/dropped" }
    /// `FileRecord`s of the files that are to be sent, in stream order.
    var plan: String { "\(hasRecipes ? recipes : folder)/plan" }
    /// For each file that has one its recipe and its base, all of them as text, and the plan that goes with them.
    var recipes: String { "\(folder)/recipes" }
    /// The same before it counts.
    var recipeDraft: String { "\(folder)/recipes.draft" }
    /// For the client: a line number per file that is to be sent.
    var missing: String { "\(folder)/missing" }
    /// `UploadTotals`; written last when an upload begins.
    var totals: String { "\(folder)/totals" }
    var lock: String { "\(folder)/lock" }
    /// The boot during which the received bytes were written.
    var boot: String { "\(folder)/boot" }
    /// 32 bytes for each file that was received whole: what its bytes hashed to.
    var hashes: String { "\(folder)/hashes" }
    /// How far everything received is on the disk.
    var checkpoint: String { "\(folder)/checkpoint" }
    /// 32 bytes for each manifest line without a hash: what the client says its hash is.
    var promised: String { "\(folder)/promised" }
    /// Why the upload can't be finished any more.
    var failure: String { "\(folder)/failure" }
    /// `CommittedTree`, once there is one.
    var committed: String { "\(folder)/committed" }
    var staged: String { "\(folder)/staged" }

    /// Files of a folder of staged ones.
    static let filesPerFolder = 4_096

    /// The folder of the received file number `number` of the plan.
    func stagedFolder(_ number: Int) -> String { "\(staged)/\(number / Self.filesPerFolder)" }

    /// In `folder`, the recipe of the received file number `number` of the plan.
    static func recipe(_ number: Int, in folder: String) -> String { "\(folder)/\(number)" }

    /// In `folder`, a link to the content that it copies from: nothing that is removed from the store takes that away.
    static func base(_ number: Int, in folder: String) -> String { "\(folder)/\(number).base" }

    /// In `folder`, all recipes as they came.
    static func recipeText(in folder: String) -> String { "\(folder)/text" }

    func stagedFile(_ number: Int) -> String { "\(stagedFolder(number))/\(number)" }
}
