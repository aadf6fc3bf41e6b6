import FloydModel
import FloydTree

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file that is kept about one folder between commands, in the user's cache folder (XDG Base Directory Specification).
///
/// It is of use, never of need: what can't be read or written is done without. A crash leaves the old one or the new one; one of the machine may leave
/// anything, unless it was saved as a whole: who reads it finds that out.
struct FolderCache {
    private let path: String?

    /// A file that was not written for so long, in seconds, is about a folder that is gone, most likely.
    private static let lifetime = 180 * 86_400
    private static let maximumSize = 1 << 30

    /// - Parameters:
    ///   - kind: what is kept.
    ///   - folder: what it is about.
    init(_ kind: String, of folder: String, environment: [String: String]) {
        guard let root = Self.root(environment), let name = realpath(folder, nil) else {
            path = nil
            return
        }
        defer { free(name) }
        let digest = FileHasher.sha256(Array(String(cString: name).utf8))
        path = "\(Self.folder(kind, root))/\(Hex.string(digest.prefix(16)))"
    }

    /// What is kept of that kind about all folders.
    static func all(_ kind: String, environment: [String: String]) -> [[UInt8]] {
        guard let root = root(environment) else { return [] }
        let folder = folder(kind, root)
        return names(in: folder).compactMap { (try? LocalFile.read("\(folder)/\($0)", limit: maximumSize)) ?? nil }
    }

    private static func folder(_ kind: String, _ root: String) -> String { "\(root)/floydlite/\(kind)" }

    private static func root(_ environment: [String: String]) -> String? {
        // A relative path in XDG_CACHE_HOME is to be ignored.
        if let given = environment["XDG_CACHE_HOME"], given.hasPrefix("/") { return given }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return home + "/.cache"
    }

    func load() -> [UInt8]? {
        guard let path else { return nil }
        return (try? LocalFile.read(path, limit: Self.maximumSize)) ?? nil
    }

    /// Replaces the file by `bytes`, which survive everything when this returns.
    func save(_ bytes: [UInt8]) {
        replace(durably: true) { descriptor in bytes.withUnsafeBytes { LocalFile.writeAll($0, to: descriptor) } }
    }

    /// The file, opened for reading; the caller's to close. nil where there is none.
    func open() -> Int32? {
        guard let path else { return nil }
        let descriptor = systemOpen(path, O_RDONLY | O_CLOEXEC)
        return descriptor >= 0 ? descriptor : nil
    }

    /// Replaces the file by what `body` writes to the descriptor, if it says that all is well.
    func replace(durably isDurable: Bool = false, _ body: (Int32) throws(FloydError) -> Bool) {
        guard let path else { return }
        let folder = LocalFile.parent(of: path)
        do throws(FloydError) {
            try LocalFile.makeFolder(folder, mode: 0o700)
            try LocalFile.write(to: path, mode: 0o600, durably: isDurable, body)
        } catch {
            return
        }
        Self.forgetOld(in: folder)
    }

    func remove() {
        if let path { unlink(path) }
    }

    private static func forgetOld(in folder: String) {
        let oldest = time(nil) - lifetime
        for name in names(in: folder) {
            if let stamp = FileStamp(path: "\(folder)/\(name)"), stamp.modified / 1_000_000_000 < oldest {
                unlink("\(folder)/\(name)")
            }
        }
    }

    private static func names(in folder: String) -> [String] {
        guard let listing = opendir(folder) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
