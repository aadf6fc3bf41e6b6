/// The files of one upload.
struct UploadPaths: Sendable, Hashable {
    let folder: String

    /// The manifest in canonical form; files may lack their hash.
    var manifest: String { "\(folder)/manifest" }
    /// `FileRecord`s of all files that have bytes; there while missing contents are being found.
    var index: String { "\(folder)/index" }
    /// `FileRecord`s of the files that are to be sent, in stream order.
    var plan: String { "\(folder)/plan" }
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

    func stagedFile(_ number: Int) -> String { "\(stagedFolder(number))/\(number)" }
}
