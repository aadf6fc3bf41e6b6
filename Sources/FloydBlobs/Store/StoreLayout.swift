import FloydModel
import FloydTree

/// Where things lie in the data directory.
///
/// A name without a dot in front, in `contents`, `trees` or `materialised`, always stands for something whole, verified and on the disk: what
/// is being made has a name of `draft` and is synced before it gets its own.
struct StoreLayout: Sendable, Hashable {
    let root: String

    var contents: String { "\(root)/contents" }
    var trees: String { "\(root)/trees" }
    var materialised: String { "\(root)/materialised" }
    var uploads: String { "\(root)/uploads" }
    var blocks: String { "\(root)/blocks" }

    /// See `StoreHash`.
    var hash: String { "\(root)/hash" }

    /// See `StoreGate`.
    var gate: String { "\(root)/gate.lock" }

    /// Held by who collects.
    var collector: String { "\(root)/collector.lock" }

    func content(_ id: ContentID) -> String { "\(contents)/\(id.relativePath)" }
    func tree(_ digest: [UInt8]) -> String { "\(trees)/\(Hex.string(digest))" }
    func materialised(_ digest: [UInt8]) -> String { "\(materialised)/\(Hex.string(digest))" }
    func blockList(_ id: ContentID, average: Int) -> String { "\(blocks)/\(Hex.string(id.hash))-\(average)" }
    func upload(_ id: ObjectID) -> String { "\(uploads)/\(id)" }

    /// The mark of what isn't finished, or is being removed; no id and no digest begins like it. Start-up removes what has it.
    static let draftMark = "."

    static func draft(_ name: some CustomStringConvertible, in folder: String) -> String {
        "\(folder)/\(draftMark)\(name)"
    }
}
