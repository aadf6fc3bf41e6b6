public import FloydModel
public import FloydOS
import FloydTree
import Glibc

/// A folder that a job wrote and may still be writing: nothing in it is trusted.
///
/// Everything is opened beneath the held folder with no link followed on the way (openat2(2)), so a file that is swapped for a link meanwhile is
/// refused, not followed; only regular files are given out, and opening never blocks. Calls block on the disk alone: `BlockingPool`.
public struct OutputFolder: ~Copyable, Sendable {
    private let folder: FileDescriptor

    /// Opens the folder. `path` itself is the server's and trusted, except that it must not be a link.
    ///
    /// - Throws: `FloydError` with `notFound` where there is none.
    public init(path: String) throws(FloydError) {
        do throws(SystemError) {
            folder = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        } catch {
            if [ENOENT, ENOTDIR, ELOOP].contains(error.code) { throw FloydError(.notFound, "there is no output") }
            throw FloydError(storage: error)
        }
    }

    /// A regular file, opened for reading, and what it was when it was opened.
    public struct File: ~Copyable, Sendable {
        public let descriptor: FileDescriptor
        public let status: FileStatus

        /// The descriptor, which is the caller's to close from here on.
        public consuming func release() -> Int32 {
            descriptor.release()
        }
    }

    /// Opens the file at `path`, which came from outside.
    ///
    /// - Throws: `FloydError`: `invalidPath` where it can't be a path in a folder, `notFound` where there is nothing, or nothing that may be served: a link
    ///   or something behind one, a folder, FIFO, socket or device, or what can't be read.
    public func open(_ path: String) throws(FloydError) -> File {
        try TreePath.check(path)
        do throws(SystemError) {
            let descriptor = try folder.openBeneath(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)
            let status = try descriptor.status()
            if status.kind == .file { return File(descriptor: descriptor, status: status) }
            throw SystemError("open", code: status.kind == .folder ? EISDIR : ENXIO)
        } catch {
            throw Self.refusal(of: path, error)
        }
    }

    private static func refusal(of path: String, _ error: SystemError) -> FloydError {
        let shown = TreePath.quoted(path)
        return switch error.code {
        case ENOENT, ENOTDIR: FloydError(.notFound, "there is no file \(shown) in the output")
        case ELOOP, EXDEV: FloydError(.notFound, "\(shown) is a link or lies behind one, and links are not followed")
        case EISDIR: FloydError(.notFound, "\(shown) is a folder")
        case ENXIO, ENODEV, EOPNOTSUPP: FloydError(.notFound, "\(shown) is not a regular file")
        case EACCES, EPERM: FloydError(.notFound, "\(shown) can't be read by the server: the job made it so")
        default: FloydError(storage: error)
        }
    }

    /// Lists what is there.
    ///
    /// - Parameter limit: of entries and skipped names together; the first in path order are listed.
    public func list(limit: Int = 10_000) throws(FloydError) -> OutputListing {
        var walk = OutputWalk(limit: limit)
        do throws(SystemError) {
            try walk.visit(folder, prefix: "", depth: 1)
        } catch {
            throw FloydError(storage: error)
        }
        return walk.listing
    }
}

/// A bounded walk through a hostile folder.
private struct OutputWalk {
    let limit: Int
    var listing = OutputListing()

    /// Folders that are held open at once.
    private static let maximumDepth = 128

    private var isFull: Bool { listing.entries.count + listing.skipped.count >= limit }

    mutating func visit(_ folder: borrowing FileDescriptor, prefix: String, depth: Int) throws(SystemError) {
        let (names, isCut) = try BoundedNames.smallest(limit, in: folder)
        if isCut { listing.isCut = true }
        var steps = FolderNames()
        for name in names { steps.append(name) }
        steps.sort()
        for index in 0..<steps.count {
            let step = steps[index]
            guard let name = String(validating: step.name, as: UTF8.self) else {
                if step.isDescent { continue }
                skip(prefix + String(decoding: step.name, as: UTF8.self), "its name is not UTF-8")
                continue
            }
            let path = prefix + name
            // A name may be gone since it was listed, or be something else: then what it is now counts.
            guard let status = try FileStatus.of(name, in: folder.raw) else { continue }
            if !step.isDescent {
                add(path, status)
            } else if status.kind == .folder {
                descend(into: name, path: path, folder, depth)
            }
            if listing.isCut, isFull { return }
        }
    }

    private mutating func descend(
        into name: String,
        path: String,
        _ folder: borrowing FileDescriptor,
        _ depth: Int
    ) {
        guard depth < Self.maximumDepth else { return skip(path + "/", "it lies too deep") }
        do throws(SystemError) {
            let child = try folder.openBeneath(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK)
            try visit(child, prefix: path + "/", depth: depth + 1)
        } catch {
            // Removed or swapped meanwhile, or not readable: the rest is listed all the same.
            if error.code != ENOENT { skip(path + "/", "it can't be listed: \(String(cString: strerror(error.code)))") }
        }
    }

    private mutating func add(_ path: String, _ status: FileStatus) {
        switch status.kind {
        case .file: add(path, .file, status)
        case .folder: add(path, .dir, status)
        case .link: add(path, .link, status)
        case .fifo: skip(path, "it is a FIFO")
        case .socket: skip(path, "it is a socket")
        case .device: skip(path, "it is a device")
        }
    }

    private mutating func add(_ path: String, _ kind: ManifestEntry.Kind, _ status: FileStatus) {
        guard !isFull else { return listing.isCut = true }
        let size = kind == .file ? status.size : 0
        listing.entries.append(.init(path: path, kind: kind, size: size, modified: status.modified))
    }

    private mutating func skip(_ path: String, _ reason: String) {
        guard !isFull else { return listing.isCut = true }
        listing.skipped.append(.init(path: path, reason: reason))
    }
}
