import FloydModel
import FloydOS
import FloydTree

/// Finds what the hard links of an archive are: one more name of a regular file that comes before, and of nothing else.
struct HardLinkResolution: ~Copyable {
    private var resolved: RecordSorter
    private var rules: ArchiveRules

    /// - Parameters:
    ///   - prefix: what the paths of its files begin with.
    ///   - rules: have seen all other entries.
    init(prefix: String, rules: ArchiveRules) {
        resolved = RecordSorter(prefix: prefix)
        self.rules = rules
    }

    /// - Parameters:
    ///   - links: runs of the links, by their targets.
    ///   - entries: runs of all other entries.
    /// - Returns: runs of the links as the files they are, by their paths.
    mutating func resolve(_ links: [String], among entries: [String]) throws(FloydError) -> [String] {
        var links = try storing { () throws(SystemError) in try RecordMerge(runs: links) }
        var entries = try storing { () throws(SystemError) in try RecordMerge(runs: entries) }
        var entry = try storing { () throws(SystemError) in try entries.next() }
        while let link = try storing({ () throws(SystemError) in try links.next() }) {
            while let current = entry, current.key.lexicographicallyPrecedes(link.key) {
                entry = try storing { () throws(SystemError) in try entries.next() }
            }
            guard let entry, entry.key == link.key, entry.number < link.number,
                ArchiveRecord(entry.value).kind == .file
            else { throw Self.refusal(link) }
            // Where a file system allows no more links, each is a copy.
            try rules.count(ArchiveRecord(entry.value).content.size)
            try storing { () throws(SystemError) in
                try resolved.add(key: link.value, number: link.number, value: entry.value)
            }
        }
        try storing { () throws(SystemError) in try resolved.finish() }
        return resolved.runs
    }

    private static func refusal(_ link: SortedRecord) -> FloydError {
        let path = TreePath.quoted(String(decoding: link.value, as: UTF8.self))
        let target = TreePath.quoted(String(decoding: link.key, as: UTF8.self))
        return FloydError(
            .invalidPath,
            "\(path) can't be in a tree: it is a hard link to \(target), which is no file that comes before it in the archive"
        )
    }
}
