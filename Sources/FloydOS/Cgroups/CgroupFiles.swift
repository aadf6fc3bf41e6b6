internal import Glibc

/// What a probe does to control groups: the kernel's, or a test's.
public protocol CgroupFiles: Sendable {
    /// The text of a file, or nil if it isn't there or can't be read.
    func text(_ path: String) -> String?
    func set(_ path: String, _ value: String) throws(SystemError)
    /// A group that is there already is left as it is.
    func make(_ folder: String) throws(SystemError)
    func remove(_ folder: String) throws(SystemError)
    /// The names of the groups in one.
    func groups(in folder: String) -> [String]
    /// Whether this process may put itself and others into the group.
    func isWritable(_ folder: String) -> Bool
}

/// The machine's.
public struct KernelCgroupFiles: CgroupFiles {
    public init() {}

    public func text(_ path: String) -> String? {
        guard let bytes = try? DurableFile.read(path, limit: 1 << 24) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    public func set(_ path: String, _ value: String) throws(SystemError) {
        let folder = Folder.parent(of: path) ?? "/"
        try CgroupFolder(folder).set(String(path.dropFirst(folder.utf8.count + 1)), value)
    }

    public func make(_ folder: String) throws(SystemError) {
        try Folder.create(folder, mode: 0o755)
    }

    public func remove(_ folder: String) throws(SystemError) {
        try CgroupFolder(folder).remove()
    }

    public func groups(in folder: String) -> [String] {
        let names = (try? Folder.names(in: folder)) ?? []
        return names.filter { (try? FileStatus.of("\(folder)/\($0)"))?.kind == .folder }
    }

    public func isWritable(_ folder: String) -> Bool {
        access("\(folder)/cgroup.procs", W_OK) == 0
    }
}
