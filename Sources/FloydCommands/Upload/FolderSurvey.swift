import FloydModel
import FloydTree

/// What was found in a folder: the manifest's entries, and beside each file's what the file was then.
struct FolderSurvey {
    var entries: [ManifestEntry] = []
    /// One per entry; nil for what is no file.
    var stamps: [FileStamp?] = []
    /// What was left out as the folder's `.floydignore` files say.
    var ignored: [String] = []
    /// By line: how the file can be put together from what the server has of it.
    var compared: [Int: Recipe] = [:]

    var hasFiles: Bool { stamps.contains { $0 != nil } }

    /// Fills in the hashes of all files, or of those alone that need no reading: empty ones, and what is known to be unchanged.
    ///
    /// - Parameter base: the blocks of what the server has of such a file, if anything.
    /// - Returns: whether all were known.
    /// - Throws: `FloydError` that names a file which can't be read, or changed since it was found, or what `base` throws.
    @discardableResult
    mutating func hash(
        in folder: String,
        known: HashCache.Reader = HashCache.Reader(),
        onlyKnown: Bool,
        base: (ManifestEntry) throws(FloydError) -> BlockIndex? = { _ throws(FloydError) in nil }
    ) throws(FloydError) -> Bool {
        var known = known
        var areAllKnown = true
        for index in entries.indices where entries[index].kind == .file {
            if entries[index].size == 0 {
                entries[index].sha256 = FileHasher.ofNothing
                continue
            }
            if let stamp = stamps[index], let sha256 = known.hash(of: entries[index].path, stamp) {
                entries[index].sha256 = sha256
                continue
            }
            areAllKnown = false
            if !onlyKnown { try read(index, in: folder, against: base(entries[index])) }
        }
        return areAllKnown
    }

    /// Reads the file for its hash, and for what of it is not in `base`.
    private mutating func read(_ index: Int, in folder: String, against base: BlockIndex?) throws(FloydError) {
        let path = "\(folder)/\(entries[index].path)"
        let stamp: FileStamp
        if let base {
            let difference = try FileDifference(of: path, against: base)
            (entries[index].sha256, stamp) = (difference.sha256, difference.stamp)
            compared[index] = difference.recipe
        } else {
            (entries[index].sha256, stamp) = try FileHasher.hash(file: path)
        }
        guard stamp == stamps[index] else { throw ContentSource.change(of: entries[index].path) }
    }

    /// What tells whether the folder is still as it was found: the manifest, and the stamps of those files whose contents it doesn't tell.
    var state: String {
        var hasher = FileHasher()
        for (entry, stamp) in zip(entries, stamps) {
            hasher.update(ManifestCoding.line(entry))
            guard entry.sha256 == nil, let stamp else { continue }
            hasher.update(Array("\(stamp.device) \(stamp.inode) \(stamp.modified) \(stamp.changed)\n".utf8))
        }
        return Hex.string(hasher.finalize())
    }

    /// What is known of the files now, to be found there the next time.
    ///
    /// - Parameter now: nanoseconds since 1970 when the reading of the files began.
    func cache(at now: Int64) -> [UInt8] {
        var writer = HashCache.Writer(at: now)
        for (entry, stamp) in zip(entries, stamps) where entry.size > 0 {
            if let stamp, let sha256 = entry.sha256 { writer.append(entry.path, stamp, sha256) }
        }
        return writer.finish()
    }
}
