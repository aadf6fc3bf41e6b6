import FloydModel
import FloydTree

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The manifest of the tree that a folder became the last time, kept on this machine, so that the next one is told from it.
///
///     floydlite tree 1⏎ the server's address ⏎ the digest in hexadecimal digits ⏎ the manifest
///
/// One whose manifest hasn't the digest is as none; nor is what it says trusted: the server checks what comes out.
struct KeptTree {
    let cache: FolderCache
    /// The server's address.
    let server: String

    private static let title = "floydlite tree 1"

    private func header(_ digest: String) -> [UInt8] {
        Array("\(Self.title)\n\(server)\n\(digest)\n".utf8)
    }

    /// The manifest, or nil where there is none of this server.
    func open() -> KeptManifest? {
        guard let descriptor = cache.open() else { return nil }
        let length = header(String(repeating: "0", count: FileHasher.length * 2)).count
        var bytes = [UInt8](repeating: 0, count: length)
        let count = bytes.withUnsafeMutableBytes { systemRead(descriptor, $0) }
        let digest = String(decoding: bytes.suffix(FileHasher.length * 2 + 1).dropLast(), as: UTF8.self)
        guard count == length, bytes == header(digest), Self.rest(of: descriptor) == digest,
            lseek(descriptor, off_t(length), SEEK_SET) == length
        else {
            close(descriptor)
            return nil
        }
        return try? KeptManifest(digest, StoredManifest(owning: descriptor))
    }

    /// The digest of what is left to be read, in hexadecimal digits; nil where it can't be read.
    private static func rest(of descriptor: Int32) -> String? {
        var hasher = FileHasher(.sha256)
        var piece = [UInt8](repeating: 0, count: 1 << 17)
        while true {
            let count = piece.withUnsafeMutableBytes { systemRead(descriptor, $0) }
            guard count >= 0 else { return nil }
            guard count > 0 else { return Hex.string(hasher.finalize()) }
            piece.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }

    /// Keeps the manifest of a tree that the server has now.
    func keep(_ manifest: SurveyManifest) {
        guard let digest = manifest.digest else { return }
        // Nothing has changed since.
        if let changes = manifest.changes, changes.base == digest { return }
        cache.replace { descriptor throws(FloydError) in
            guard header(digest).withUnsafeBytes({ LocalFile.writeAll($0, to: descriptor) }) else { return false }
            return try manifest.whole.copy(to: descriptor)
        }
    }
}
