public import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Lists what is in a folder as the entries of a manifest, without hashes.
///
/// Entries come in the manifest's order, the byte order of whole paths: `a`, `a-b`, `a/c`. Every folder has an entry, also one that is not
/// empty. Links are entries, never followed. Anything else than files, folders and links that stay inside is an error that names it,
/// unless it is ignored; so are names that aren't UTF-8, and files or folders that can't be read.
public enum FolderWalk {
    /// All entries below `folder`.
    ///
    /// - Parameter ignoring: is asked for each path (relative, and whether it is a folder); below an ignored folder nothing is looked at.
    /// - Throws: `FloydError` with `localFile` or `invalidPath`.
    public static func entries(
        of folder: String,
        ignoring: (String, Bool) -> Bool
    ) throws(FloydError) -> [ManifestEntry] {
        var entries: [ManifestEntry] = []
        try forEachEntry(of: folder, ignoring: ignoring) { entry, _ in entries.append(entry) }
        return entries
    }

    /// Calls `body` for each entry, a file's with its stamp, holding no more than the names in the folders above the current one.
    ///
    /// - Parameter known: says the hash of a file that was read when it had that stamp. It goes into the entry, and whether such a file can be read
    ///   isn't looked at again: what decides that is in the stamp. Paths come in their order.
    public static func forEachEntry(
        of folder: String,
        ignoring: (String, Bool) -> Bool,
        known: (String, FileStamp) -> ContentHash? = { _, _ in nil },
        _ body: (ManifestEntry, FileStamp?) throws(FloydError) -> Void
    ) throws(FloydError) {
        let top = try OpenFolder(path: folder)
        try walk(top, prefix: "", root: folder, ignoring, known, body)
    }

    private static func walk(
        _ folder: borrowing OpenFolder,
        prefix: String,
        root: String,
        _ ignoring: (String, Bool) -> Bool,
        _ known: (String, FileStamp) -> ContentHash?,
        _ body: (ManifestEntry, FileStamp?) throws(FloydError) -> Void
    ) throws(FloydError) {
        let names = try folder.names(shown: prefix.isEmpty ? root : prefix)
        for index in 0..<names.count {
            let step = names[index]
            guard let name = String(validating: step.name, as: UTF8.self) else {
                let shown = prefix + String(decoding: step.name, as: UTF8.self)
                throw LocalFileError.refused(shown, "has a name that is not UTF-8")
            }
            let path = prefix + name
            guard let status = try folder.status(of: name, path: path) else { continue }
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            // A name that was no folder a moment ago has an entry already and nothing below it.
            if step.isDescent, !isFolder { continue }
            if ignoring(path, isFolder) { continue }
            if step.isDescent {
                let child = try OpenFolder(name: name, in: folder, path: path)
                try walk(child, prefix: path + "/", root: root, ignoring, known, body)
            } else {
                try TreePath.check(path)
                let stamp = status.st_mode & S_IFMT == S_IFREG ? FileStamp(status) : nil
                let hash = stamp.flatMap { known(path, $0) }
                try body(folder.entry(name: name, path: path, status, hash: hash), stamp)
            }
        }
    }
}
