/// The hierarchies of control groups as a process sees them, from `/proc/self/mountinfo` and `/proc/self/cgroup` (proc(5), cgroups(7)).
struct CgroupMounts {
    struct Hierarchy: Hashable {
        var version: Int
        /// Version 1: its controllers' names; version 2 says them in its files.
        var controllers: Set<String>
        /// The process's own group.
        var own: String
    }

    let hierarchies: [Hierarchy]

    init(mounts: String, membership: String) {
        var groups: [(controllers: Set<String>, path: String)] = []
        for line in membership.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            groups.append((Set(fields[1].split(separator: ",").map(String.init)), String(fields[2])))
        }
        var found: [Hierarchy] = []
        for line in mounts.split(separator: "\n") {
            guard let mount = Mount(line) else { continue }
            let isUnified = mount.type == "cgroup2"
            guard
                let group = groups.first(where: {
                    isUnified ? $0.controllers.isEmpty : !$0.controllers.isDisjoint(with: mount.options)
                })
            else { continue }
            let hierarchy = Hierarchy(
                version: isUnified ? 2 : 1,
                controllers: group.controllers,
                own: mount.folder(of: group.path)
            )
            if !found.contains(hierarchy) { found.append(hierarchy) }
        }
        hierarchies = found
    }

    /// A line of mountinfo.
    private struct Mount {
        var root: String
        var point: String
        var type: Substring
        var options: Set<String>

        init?(_ line: Substring) {
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else { return nil }
            type = fields[dash + 1]
            guard type == "cgroup" || type == "cgroup2" else { return nil }
            root = Self.unescaped(fields[3])
            point = Self.unescaped(fields[4])
            options = Set(fields[dash + 3].split(separator: ",").map(String.init))
        }

        /// Where the group with that path is: paths count from the hierarchy's root, and a mount may show a part of it alone.
        func folder(of group: String) -> String {
            let prefix = root == "/" ? "" : root
            guard group == prefix || group.hasPrefix(prefix + "/") else { return point }
            let rest = group.dropFirst(prefix.utf8.count)
            return rest == "/" || rest.isEmpty ? point : point + rest
        }

        /// Space, tab, newline and backslash stand there as octal numbers.
        private static func unescaped(_ field: Substring) -> String {
            var bytes: [UInt8] = []
            var rest = Array(field.utf8)[...]
            while let byte = rest.first {
                if byte == UInt8(ascii: "\\"), rest.count >= 4,
                    let value = UInt8(String(decoding: rest.dropFirst().prefix(3), as: UTF8.self), radix: 8)
                {
                    bytes.append(value)
                    rest = rest.dropFirst(4)
                } else {
                    bytes.append(byte)
                    rest = rest.dropFirst()
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
