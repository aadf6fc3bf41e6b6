import FloydModel
import FloydTree

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Where the hashes of one folder's files are kept between commands: in the user's cache folder (XDG Base Directory Specification).
///
/// It is of use, never of need: what can't be read or written is done without. A crash leaves the old one or the new one.
struct HashCacheFile {
    private let path: String?

    /// A cache that was not written for so long, in seconds, is of a folder that is gone, most likely.
    private static let lifetime = 180 * 86_400
    private static let maximumSize = 1 << 30

    /// - Parameter folder: the folder whose files they are.
    init(of folder: String, environment: [String: String]) {
        guard let place = Self.folder(environment), let name = realpath(folder, nil) else {
            path = nil
            return
        }
        defer { free(name) }
        let digest = FileHasher.sha256(Array(String(cString: name).utf8))
        path = "\(place)/\(Hex.string(digest.prefix(16)))"
    }

    private static func folder(_ environment: [String: String]) -> String? {
        // A relative path in XDG_CACHE_HOME is to be ignored.
        if let given = environment["XDG_CACHE_HOME"], given.hasPrefix("/") { return "\(given)/floydlite/hashes" }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return "\(home)/.cache/floydlite/hashes"
    }

    func load() -> HashCache.Reader {
        guard let path, let bytes = try? LocalFile.read(path, limit: Self.maximumSize) else {
            return HashCache.Reader()
        }
        return HashCache.Reader(bytes)
    }

    func save(_ bytes: [UInt8]) {
        guard let path else { return }
        let folder = LocalFile.parent(of: path)
        do throws(FloydError) {
            try LocalFile.makeFolder(folder, mode: 0o700)
            try LocalFile.write(bytes, to: path, mode: 0o600)
        } catch {
            return
        }
        Self.forgetOld(in: folder)
    }

    private static func forgetOld(in folder: String) {
        guard let listing = opendir(folder) else { return }
        defer { closedir(listing) }
        let oldest = time(nil) - lifetime
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let stamp = FileStamp(path: "\(folder)/\(name)"), stamp.modified / 1_000_000_000 < oldest {
                unlink("\(folder)/\(name)")
            }
        }
    }
}
