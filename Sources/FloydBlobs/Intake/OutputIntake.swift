public import FloydModel
import FloydOS
import FloydTree
import Glibc

/// Takes the folder that a job left into the store: all of it, or nothing.
///
/// Nothing in the folder is trusted, and it may be changing. Everything is opened beneath the folder that holds it, with no link followed on the way (openat2(2)) and without
/// waiting; what isn't a file, a folder or a link that stays inside is refused by its name. A file's hash is that of our copy.
public struct OutputIntake: Sendable {
    /// Is told of the bytes taken in so far, before each file and of each file's size, and ends it all by throwing.
    public typealias Admission = @Sendable (_ taken: Int64, _ next: Int64) throws(FloydError) -> Void

    private let admit: Admission
    private let namesAtOnce: Int

    /// Folders that are held open at once.
    private static let maximumDepth = 128

    public init(admit: @escaping Admission) {
        self.init(namesAtOnce: 50_000, admit: admit)
    }

    /// - Parameter namesAtOnce: of one folder that are held in memory.
    init(namesAtOnce: Int, admit: @escaping Admission) {
        self.namesAtOnce = namesAtOnce
        self.admit = admit
    }

    /// Adds all that is in the folder at `path` to `intake`, without the markers of folders.
    ///
    /// - Throws: `FloydError`: `notFound` where there is no folder, `invalidPath` for what can't be in a tree, `conflict` for what changed meanwhile; all name the path.
    public func add(_ path: String, to intake: inout TreeIntake) throws(FloydError) {
        let top: FileDescriptor
        do throws(SystemError) {
            top = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        } catch {
            if [ENOENT, ENOTDIR, ELOOP].contains(error.code) { throw FloydError(.notFound, "there is no output") }
            throw FloydError(storage: error)
        }
        try visit(top, prefix: "", depth: 1, &intake)
    }

    private func visit(
        _ folder: borrowing FileDescriptor,
        prefix: String,
        depth: Int,
        _ intake: inout TreeIntake
    ) throws(FloydError) {
        guard depth <= Self.maximumDepth else { throw Self.refusal(prefix, "lies too deep") }
        var last: [UInt8]?
        // Of folders that were visited as names, those whose own names come behind others still to come: `a`, then `a-b`, then `a/`.
        var open: [[UInt8]] = []
        var isCut = true
        while isCut {
            let names: [[UInt8]]
            do throws(SystemError) {
                (names, isCut) = try BoundedNames.smallest(namesAtOnce, in: folder, behind: last)
            } catch {
                throw Self.unreadable(prefix.isEmpty ? "/output" : prefix, error)
            }
            guard let end = names.last ?? last else { return }
            if isCut, names.isEmpty { throw Self.refusal(prefix, "has too many names") }
            last = end
            var steps = FolderNames()
            for name in names { steps.append(name) }
            for name in open { steps.appendDescent(name) }
            steps.sort()
            open = []
            for index in 0..<steps.count {
                let step = steps[index]
                if isCut, step.isDescent, end.lexicographicallyPrecedes(Self.key(step)) {
                    open.append(step.name)
                } else {
                    try take(step, folder, prefix, depth, &intake)
                }
            }
        }
    }

    private static func key(_ step: FolderNames.Step) -> [UInt8] {
        step.isDescent ? step.name + [UInt8(ascii: "/")] : step.name
    }

    private func take(
        _ step: FolderNames.Step,
        _ folder: borrowing FileDescriptor,
        _ prefix: String,
        _ depth: Int,
        _ intake: inout TreeIntake
    ) throws(FloydError) {
        if FolderMarkers.isMarker(step.name) { return }
        guard let name = String(validating: step.name, as: UTF8.self) else {
            throw Self.refusal(prefix + String(decoding: step.name, as: UTF8.self), "has a name that is not UTF-8")
        }
        let path = prefix + name
        // A name may be gone since it was listed, or be something else: then what it is now counts.
        let found = try Self.reading(path) { () throws(SystemError) in try FileStatus.of(name, in: folder.raw) }
        guard let status = found else { return }
        switch status.kind {
        case .folder:
            guard step.isDescent else { return try intake.addFolder(path) }
            let child = try Self.reading(path) { () throws(SystemError) in
                try folder.openBeneath(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK)
            }
            try visit(child, prefix: path + "/", depth: depth + 1, &intake)
        case _ where step.isDescent: return
        case .file: try addFile(name, path, folder, &intake)
        case .link: try addLink(name, path, folder, &intake)
        case .fifo: throw Self.refusal(path, "is a FIFO")
        case .socket: throw Self.refusal(path, "is a socket")
        case .device: throw Self.refusal(path, "is a device")
        }
    }

    private func addFile(
        _ name: String,
        _ path: String,
        _ folder: borrowing FileDescriptor,
        _ intake: inout TreeIntake
    ) throws(FloydError) {
        let file = try Self.reading(path) { () throws(SystemError) in
            try folder.openBeneath(name, FileDescriptor.readingQuietly)
        }
        try addFile(file, path, &intake)
    }

    private func addFile(
        _ file: borrowing FileDescriptor,
        _ path: String,
        _ intake: inout TreeIntake
    ) throws(FloydError) {
        let status = try storing { () throws(SystemError) in try file.status() }
        // What was a file a moment ago.
        guard status.kind == .file else { throw Self.refusal(path, "is not a regular file") }
        try admit(intake.size, status.size)
        // No more is taken than was admitted: a file may grow while it is read.
        do throws(FloydError) {
            try intake.addFile(
                path,
                executable: status.mode & 0o100 != 0,
                copying: file,
                maximumSize: status.size
            )
        } catch {
            guard error.code == .tooLarge else { throw error }
            throw Self.unreadable(path, SystemError("read", code: EBUSY))
        }
    }

    private func addLink(
        _ name: String,
        _ path: String,
        _ folder: borrowing FileDescriptor,
        _ intake: inout TreeIntake
    ) throws(FloydError) {
        let target = try Self.reading(path) { () throws(SystemError) in
            try SymbolicLink.target(of: name, in: folder.raw)
        }
        guard let text = String(validating: target, as: UTF8.self) else {
            throw Self.refusal(path, "is a link to a name that is not UTF-8")
        }
        try intake.addLink(path, target: text)
    }

    private static func refusal(_ path: String, _ reason: String) -> FloydError {
        FloydError(
            .invalidPath,
            "\(TreePath.quoted(path)) \(reason), and can't be in a dataset",
            hint: "Leave it out of /output, or upload the rest from a folder of yours."
        )
    }

    private static func reading<Result: ~Copyable>(
        _ path: String,
        _ body: () throws(SystemError) -> Result
    ) throws(FloydError) -> Result {
        do {
            return try body()
        } catch {
            throw unreadable(path, error)
        }
    }

    private static func unreadable(_ path: String, _ error: SystemError) -> FloydError {
        switch error.code {
        case ENOENT, ENOTDIR, ELOOP, EXDEV, ENXIO, ENODEV, EINVAL, EBUSY:
            FloydError(.conflict, "\(TreePath.quoted(path)) changed while it was read")
        case EACCES, EPERM:
            FloydError(.invalidPath, "\(TreePath.quoted(path)) can't be read by the server: the job made it so")
        default: FloydError(storage: error)
        }
    }
}
