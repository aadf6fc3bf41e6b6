import FloydClient
import FloydModel
import FloydTree

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The manifest of a tree of the server's, in a file without a name: a million entries need no memory, and nothing is left of it. Its hash was
/// compared with the tree's digest.
struct FetchedManifest: ~Copyable {
    /// The tree's, in hexadecimal.
    let digest: String
    private let descriptor: Int32

    /// - Throws: `FloydError`: what the client throws, `contentMismatch` where it came damaged, `localFile` where there is no room for it.
    init(of tree: RemoteTree, client: FloydClient, context: CommandContext) throws(FloydError) {
        let folder = context.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        let file = try Self.unnamedFile(in: folder)
        do throws(FloydError) {
            digest = try Self.fetch(tree, to: file, in: folder, client: client, console: context.console)
        } catch {
            close(file)
            throw error
        }
        descriptor = file
    }

    deinit {
        close(descriptor)
    }

    /// Goes through its entries from the first.
    func cursor() throws(FloydError) -> ManifestCursor {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0, lseek(copy, 0, SEEK_SET) == 0 else { throw LocalFile.flaw("can't read", "the manifest") }
        return ManifestCursor(owning: copy)
    }

    /// Whether there is anything at the path, or below.
    func contains(_ scope: PathScope) throws(FloydError) -> Bool {
        var cursor = try cursor()
        while let entry = try cursor.next() {
            if scope.contains(entry.path) { return true }
        }
        return false
    }

    private static func unnamedFile(in folder: String) throws(FloydError) -> Int32 {
        var template = Array("\(folder)/floydlite-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw LocalFile.flaw("can't make a file in", folder) }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    private static func fetch(
        _ tree: RemoteTree,
        to descriptor: Int32,
        in folder: String,
        client: FloydClient,
        console: Console
    ) throws(FloydError) -> String {
        var hasher = FileHasher(.sha256)
        let digest = try client.manifest(
            of: tree,
            interrupted: { console.note("floydlite: \($0.message); trying again") },
            restarted: { () throws(FloydError) in
                hasher = FileHasher(.sha256)
                guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
                    throw LocalFile.flaw("can't write a file in", folder)
                }
            },
            receive: { bytes throws(FloydError) in
                hasher.update(bytes)
                guard LocalFile.writeAll(bytes, to: descriptor) else {
                    throw LocalFile.flaw("can't write a file in", folder)
                }
            }
        )
        guard Hex.string(hasher.finalize()) == digest else {
            throw FloydError(.contentMismatch, "the manifest of \(tree.name) came damaged", hint: "Try again.")
        }
        return digest
    }
}
