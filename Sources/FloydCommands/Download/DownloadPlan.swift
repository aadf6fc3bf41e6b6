import FloydModel
import FloydTree

/// Numbers of manifest lines, a bit each.
struct LineSet: Hashable {
    private var words: [UInt64] = []

    mutating func insert(_ line: Int) {
        let word = line >> 6
        while words.count <= word { words.append(0) }
        words[word] |= 1 << UInt64(line & 63)
    }

    func contains(_ line: Int) -> Bool {
        let word = line >> 6
        return word < words.count && words[word] & (1 << UInt64(line & 63)) != 0
    }
}

/// What has to be fetched of a tree, and what is in the way: found by a look at the folder, before anything is asked of the server.
struct DownloadPlan {
    /// Files one after another that are all wanted, with nothing between them that isn't.
    struct Run: Hashable {
        /// Where their bytes are in the tree's contents.
        var start: Int64
        var end: Int64
        var files: Int
    }

    /// What the folder has of an entry.
    enum Presence: Hashable {
        case absent
        /// As it should be, but perhaps for its mode.
        case present(hasWrongMode: Bool)
        /// Something else, which may be replaced.
        case different
    }

    /// Lines of files that have bytes and are to be fetched; of links and empty files that are to be made.
    private(set) var needed = LineSet()
    private(set) var wrongModes = LineSet()
    private(set) var runs: [Run] = []
    private(set) var files = 0
    private(set) var bytes: Int64 = 0
    private(set) var keptFiles = 0
    /// What would be replaced: the first few, and how many.
    private(set) var differing: [String] = []
    private(set) var differingCount = 0

    private static let shownDifferences = 5
    private var offset: Int64 = 0
    private var isInRun = false

    /// Notes the next entry of the manifest.
    ///
    /// - Parameter presence: nil where it isn't wanted.
    mutating func add(_ entry: ManifestEntry, line: Int, _ presence: Presence?) {
        defer { offset += entry.size }
        guard let presence else {
            // Bytes that aren't wanted end a run; what has none doesn't.
            if entry.size > 0 { isInRun = false }
            return
        }
        guard entry.kind != .dir else { return }
        switch presence {
        case .present(let hasWrongMode):
            if entry.kind == .file { keptFiles += 1 }
            if hasWrongMode { wrongModes.insert(line) }
            if entry.size > 0 { isInRun = false }
            return
        case .different:
            if differing.count < Self.shownDifferences { differing.append(entry.path) }
            differingCount += 1
        case .absent:
            break
        }
        needed.insert(line)
        guard entry.kind == .file else { return }
        files += 1
        bytes += entry.size
        guard entry.size > 0 else { return }
        if !isInRun { runs.append(Run(start: offset, end: offset, files: 0)) }
        isInRun = true
        runs[runs.count - 1].end = offset + entry.size
        runs[runs.count - 1].files += 1
    }
}
