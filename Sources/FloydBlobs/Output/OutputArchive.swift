public import FloydModel
import FloydOS
import FloydTree
import Glibc

/// What a job left, as one file, of a folder that the job may still be writing to.
///
/// Nothing is reached but through folders that are held open, and no link is followed (openat2(2)). Regular files go in as they were when they were
/// reached; links only where they lead to something inside, by the rules of trees. Names that aren't UTF-8, devices, FIFOs, sockets,
/// what can't be read and what lies too deep are left out, as `OutputFolder.list` says of them.
public struct OutputArchive: ByteProducer, ~Copyable {
    private var stream: ArchiveStream<OutputEntries>

    /// - Parameter path: the server's own and trusted, except that it must not be a link.
    /// - Throws: `FloydError` with `notFound` where there is no such folder.
    public init(path: String, as format: ArchiveFormat) throws(FloydError) {
        stream = try ArchiveStream(format, of: try OutputEntries(path: path, isZip: format == .zip))
    }

    /// The next bytes, or nil behind the last.
    ///
    /// - Throws: `FloydError`: `conflict` where a file became shorter while it was read, `tooLarge` where there are more names than can be held.
    public mutating func next() throws(FloydError) -> [UInt8]? {
        try stream.next()
    }
}

/// A folder that several look at.
private final class SharedFolder: Sendable {
    let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }
}

/// A walk through a hostile folder, entry by entry, parents first.
private struct OutputEntries: ArchiveSource, ~Copyable {
    /// A folder on the way down.
    private struct Level {
        let folder: SharedFolder
        let prefix: String
        var names: NameList
    }

    /// Folders that are held open at once.
    private static let maximumDepth = 128
    /// What the names of all open folders may weigh.
    private static let maximumWeight = 32 << 20

    private var levels: [Level]
    private var weight: Int
    private let isZip: Bool
    private var count = 0

    init(path: String, isZip: Bool) throws(FloydError) {
        self.isZip = isZip
        do throws(SystemError) {
            let folder = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            let names = try NameList(of: folder, limit: Self.maximumWeight)
            weight = names.weight
            levels = [Level(folder: SharedFolder(folder), prefix: "", names: names)]
        } catch {
            if [ENOENT, ENOTDIR, ELOOP].contains(error.code) { throw FloydError(.notFound, "there is no output") }
            throw Self.refusal(error)
        }
    }

    mutating func next() throws(FloydError) -> ArchiveItem? {
        do throws(SystemError) {
            while !levels.isEmpty {
                guard let name = levels[levels.count - 1].names.popFirst() else {
                    weight -= levels.removeLast().names.weight
                    continue
                }
                guard let item = try item(name) else { continue }
                count += 1
                if isZip, count > TreeArchive.maximumZipEntries { throw SystemError("zip", code: E2BIG) }
                return item
            }
            return nil
        } catch {
            throw Self.refusal(error)
        }
    }

    private static func refusal(_ error: SystemError) -> FloydError {
        switch error.code {
        case EFBIG: FloydError(.tooLarge, "a folder of the output has more names than can be archived")
        case E2BIG: FloydError(.tooLarge, "the output has too many files for a zip", hint: "Fetch it as a tar.")
        default: FloydError(storage: error)
        }
    }

    /// The entry of that name in the folder at hand, or nil if it is left out. Of a folder the names come next.
    private mutating func item(_ bytes: [UInt8]) throws(SystemError) -> ArchiveItem? {
        let (folder, prefix) = (levels[levels.count - 1].folder, levels[levels.count - 1].prefix)
        guard let name = String(validating: bytes, as: UTF8.self), (try? TreePath.check(prefix + name)) != nil else {
            return nil
        }
        let path = prefix + name
        let found = try Self.look(
            at: name,
            path: path,
            in: folder.descriptor,
            depth: levels.count,
            limit: Self.maximumWeight - weight
        )
        switch consume found {
        case .nothing:
            return nil
        case .entry(let item):
            return item
        case .folder(let modified, let child, let names):
            weight += names.weight
            levels.append(Level(folder: child, prefix: path + "/", names: names))
            return ArchiveItem(entry: ManifestEntry(path: path, kind: .dir), modified: modified)
        }
    }

    private enum Found: ~Copyable {
        case nothing
        case entry(ArchiveItem)
        case folder(modified: Int64, SharedFolder, NameList)
    }

    private static func look(
        at name: String,
        path: String,
        in folder: borrowing FileDescriptor,
        depth: Int,
        limit: Int
    ) throws(SystemError) -> Found {
        guard let seen = try? FileStatus.of(name, in: folder.raw) else { return .nothing }
        switch seen.kind {
        case .file:
            // What it is now counts, not what it was a moment ago.
            guard let file = try? folder.openBeneath(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW) else {
                return .nothing
            }
            let status = try file.status()
            guard status.kind == .file else { return .nothing }
            let entry = ManifestEntry(
                path: path,
                kind: .file,
                executable: status.mode & 0o100 != 0,
                size: status.size
            )
            return .entry(ArchiveItem(entry: entry, modified: seconds(status), content: file))
        case .folder:
            guard depth < maximumDepth,
                let child = try? folder.openBeneath(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK)
            else { return .nothing }
            let status = try child.status()
            let names = try NameList(of: child, limit: limit)
            return .folder(modified: seconds(status), SharedFolder(child), names)
        case .link:
            guard let target = SymbolicLink.target(of: name, in: folder),
                (try? TreePath.check(target: target, ofLinkAt: path)) != nil
            else { return .nothing }
            let entry = ManifestEntry(path: path, kind: .link, target: target)
            return .entry(ArchiveItem(entry: entry, modified: seconds(seen)))
        case .fifo, .socket, .device:
            return .nothing
        }
    }

    private static func seconds(_ status: FileStatus) -> Int64 {
        // A job may set any time.
        max(0, status.modified / 1_000_000_000)
    }
}

/// What a link says.
private enum SymbolicLink {
    /// nil where there is no link, or its target isn't UTF-8 or too long for a tree.
    static func target(of name: String, in folder: borrowing FileDescriptor) -> String? {
        let capacity = TreePath.maximumTargetLength + 1
        var length = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            length = buffer.withMemoryRebound(to: CChar.self) { chars in
                guard let start = chars.baseAddress else { return -1 }
                return readlinkat(folder.raw, name, start, capacity)
            }
            count = max(0, length)
        }
        return length > 0 ? String(validating: bytes, as: UTF8.self) : nil
    }
}
