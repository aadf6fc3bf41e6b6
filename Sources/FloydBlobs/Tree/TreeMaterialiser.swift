import FloydModel
import FloydOS
import FloydTree
import Glibc

/// Puts the entries of a tree below a folder: as hard links to the contents, or as copies.
struct TreeMaterialiser: ~Copyable {
    /// How a file gets there.
    enum Form {
        /// Shared with the store, read-only. Empty files, and contents that can't have one more link, are copied.
        case links
        /// Of its own, writable for its owner.
        case copies
    }

    private let store: BlobStore
    private let form: Form
    private var writer: TreeWriter

    /// - Parameter folder: an empty folder.
    init(store: BlobStore, folder: String, form: Form, owner: TreeWriter.Owner? = nil) throws(FloydError) {
        self.store = store
        self.form = form
        do throws(SystemError) {
            writer = try TreeWriter(folder: folder, owner: owner)
        } catch {
            throw FloydError(storage: error)
        }
    }

    /// - Throws: `FloydError` with `conflict` where the store has the content no longer.
    mutating func add(_ entry: ManifestEntry) throws(FloydError) {
        do throws(SystemError) {
            switch entry.kind {
            case .dir: try writer.makeFolder(entry.path)
            case .link: try writer.makeLink(entry.path, target: entry.target ?? "")
            case .file: try addFile(entry)
            }
        } catch {
            if error.code == ENOENT {
                throw FloydError(
                    .conflict,
                    "the content of \(TreePath.quoted(entry.path)) is no longer stored",
                    hint: "Upload it again."
                )
            }
            throw FloydError(storage: error)
        }
    }

    private mutating func addFile(_ entry: ManifestEntry) throws(SystemError) {
        guard let id = ContentID(of: entry) else {
            try writer.makeFile(entry.path, mode: mode(executable: entry.executable))
            return
        }
        let content = store.layout.content(id)
        if form == .links, try writer.makeHardLink(entry.path, to: content) {
            Failpoint.materialiseLinked.reach()
            return
        }
        let source = try FileDescriptor.open(content, O_RDONLY | O_NOFOLLOW)
        try writer.makeFile(entry.path, mode: mode(executable: entry.executable), from: source)
    }

    private func mode(executable: Bool) -> mode_t {
        switch form {
        case .links: executable ? 0o555 : 0o444
        case .copies: executable ? 0o755 : 0o644
        }
    }
}
