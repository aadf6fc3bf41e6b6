internal import FloydModel
internal import FloydOS
internal import Glibc

/// The data folder of the server and those right in it, told by device and inode: neither a link, a bind mount nor another way of writing the path hides them.
///
/// What is there is the server's own, its live database among it. It is never taken in.
struct ServerFolder: Sendable {
    private struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64

        init(_ status: FileStatus) {
            (device, inode) = (status.device, status.inode)
        }
    }

    private let path: String
    private let folders: Set<Identity>

    /// - Throws: `FloydError` with `localFile` where the folder can't be read.
    init(_ path: String) throws(FloydError) {
        self.path = path
        folders = try Self.reading { () throws(SystemError) in
            var found: Set<Identity> = []
            for inside in [path] + (try Folder.names(in: path).map { "\(path)/\($0)" }) {
                // One of them may be a link to another disk.
                guard let status = try FileStatus.of(inside, followingLinks: true), status.kind == .folder else {
                    continue
                }
                found.insert(Identity(status))
            }
            return found
        }
    }

    /// - Throws: `FloydError` with `localFile` where the open folder `other` is the server's, lies in it or has it inside.
    func checkApart(_ other: borrowing FileDescriptor, _ shown: String) throws(FloydError) {
        let identity = try Self.reading { () throws(SystemError) in Identity(try other.status()) }
        let isInside = try Self.reading { () throws(SystemError) in
            try Self.isAny(of: folders, above: try other.openFolder("."))
        }
        if isInside { throw Self.refusal(shown, "is or lies in") }
        let contains = try Self.reading { () throws(SystemError) in
            try Self.isAny(of: [identity], above: try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY))
        }
        if contains { throw Self.refusal(shown, "contains") }
    }

    /// - Throws: `FloydError` with `localFile` where the folder at `entry`, beneath `top`, is the server's.
    func checkEntry(_ entry: String, in top: borrowing FileDescriptor, _ shown: String) throws(FloydError) {
        let status = try Self.reading { () throws(SystemError) in try FileStatus.of(entry, in: top.raw) }
        if let status, folders.contains(Identity(status)) { throw Self.refusal("\(shown)/\(entry)", "is or lies in") }
    }

    /// Whether `start`, or a folder on the way from it to the root, is one of `wanted`.
    private static func isAny(
        of wanted: Set<Identity>,
        above start: consuming FileDescriptor
    ) throws(SystemError) -> Bool {
        var folder = start
        while true {
            let here = Identity(try folder.status())
            if wanted.contains(here) { return true }
            let above = try folder.openFolder("..")
            // The root is above itself.
            if Identity(try above.status()) == here { return false }
            folder = above
        }
    }

    private static func refusal(_ shown: String, _ relation: String) -> FloydError {
        FloydError(
            .localFile,
            "\(shown) \(relation) the data folder of the server, which is never part of a dataset",
            hint: "Import a folder that has nothing to do with it."
        )
    }

    private static func reading<Result: ~Copyable>(
        _ body: () throws(SystemError) -> Result
    ) throws(FloydError) -> Result {
        do {
            return try body()
        } catch {
            throw FloydError(
                .localFile,
                "it can't be told whether the folder lies apart from the server's data: \(error)"
            )
        }
    }
}

extension FileDescriptor {
    /// O_PATH of <asm-generic/fcntl.h>, which glibc shows to GNU programs alone (open(2)).
    private static let path: Int32 = 0o10_000_000

    fileprivate borrowing func openFolder(_ name: String) throws(SystemError) -> FileDescriptor {
        // To look at alone: whoever may pass through it need not be allowed to list it.
        try open(name, Self.path | O_DIRECTORY)
    }
}
