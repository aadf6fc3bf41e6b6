public import Glibc

/// One group in one hierarchy (cgroups(7)), whoever made it.
public struct CgroupFolder: Sendable, Hashable {
    public let path: String

    public init(_ path: String) {
        self.path = path
    }

    /// Bytes of a file with as many pids as a machine has.
    private static let listLimit = 1 << 26
    /// How many descriptors are open at a time while members are signalled.
    private static let batch = 256

    /// The lines of one of its files, as bytes: some are long, and characters would cost more than the reading.
    private func lines(_ file: String) -> [ArraySlice<UInt8>]? {
        guard let bytes = try? DurableFile.read("\(path)/\(file)", limit: Self.listLimit) else { return nil }
        return bytes.split(separator: UInt8(ascii: "\n"))
    }

    /// The number that is all of one of its files.
    public func number(_ file: String) -> Int64? {
        lines(file)?.first.flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
    }

    /// The number behind `key` in a file of lines `key number`.
    public func number(_ key: String, of file: String) -> Int64? {
        let start = Array("\(key) ".utf8)
        guard let line = lines(file)?.first(where: { $0.starts(with: start) }) else { return nil }
        return Int64(String(decoding: line.dropFirst(start.count), as: UTF8.self))
    }

    /// Writes one of its files.
    public func set(_ file: String, _ value: String) throws(SystemError) {
        let opened = try FileDescriptor.open("\(path)/\(file)", O_WRONLY | O_TRUNC)
        let bytes = Array(value.utf8)
        // One write, for the kernel takes each as a value of its own.
        let count = bytes.withUnsafeBytes { Glibc.write(opened.raw, $0.baseAddress, $0.count) }
        guard count == bytes.count else { throw SystemError("write", path: "\(path)/\(file)") }
    }

    /// The processes in it, without the dead; none if the group is gone.
    public var members: [pid_t] {
        lines("cgroup.procs")?.compactMap { pid_t(String(decoding: $0, as: UTF8.self)) }.filter { $0 > 0 } ?? []
    }

    public var isEmpty: Bool { members.isEmpty }

    /// Sends SIGKILL to all that are in it now, and keeps them from becoming more where the group can: called until it is empty.
    public func kill() {
        // cgroup.kill is one step for the whole tree; without it, nobody may fork any more before the first is killed.
        if (try? set("cgroup.kill", "1")) != nil { return }
        try? set("pids.max", "0")
        var rest = members[...]
        while !rest.isEmpty {
            signal(Array(rest.prefix(Self.batch)))
            rest = rest.dropFirst(Self.batch)
        }
    }

    /// A pid that was read is held still by a descriptor, and counts only if it is in the group then, too.
    private func signal(_ pids: [pid_t]) {
        var held: [(pid_t, Int32)] = []
        for pid in pids {
            if let descriptor = try? ProcessDescriptor.open(pid) { held.append((pid, descriptor.release())) }
        }
        let present = Set(members)
        for (pid, raw) in held {
            let descriptor = ProcessDescriptor(file: FileDescriptor(owning: raw))
            if present.contains(pid) { _ = try? descriptor.signal(SIGKILL) }
        }
    }

    /// Removes the group, which must be empty; one that is gone is fine.
    ///
    /// - Throws: `SystemError` with `EBUSY` if somebody is in it.
    public func remove() throws(SystemError) {
        guard rmdir(path) == 0 || errno == ENOENT else { throw SystemError("rmdir", path: path) }
    }
}
