/// Where the groups of attempts can be made (cgroups(7)): the folders of this server in the hierarchies that it may write to. A plain
/// value, found out once by the daemon and told to every worker.
public struct CgroupSite: Sendable, Hashable {
    /// What of a controller's is used.
    public enum Controller: String, Sendable, Hashable, CaseIterable {
        case cpu, memory, pids
    }

    /// A folder in which an attempt's group is a folder.
    public struct Hierarchy: Sendable, Hashable {
        /// 2: the unified hierarchy, which can kill a whole group at once. 1: a hierarchy of one or a few controllers.
        public var version: Int
        /// Those that groups in this folder have; none in a unified hierarchy that serves for killing alone.
        public var controllers: Set<Controller>
        public var folder: String

        public init(version: Int, controllers: Set<Controller>, folder: String) {
            self.version = version
            self.controllers = controllers
            self.folder = folder
        }
    }

    /// Who holds memory and processes to their limits.
    public enum Enforcement: String, Sendable, Hashable {
        /// The kernel, for groups of the unified hierarchy.
        case cgroup2
        /// The kernel, for groups of the hierarchies of version 1.
        case cgroup1
        /// The worker, which looks at all processes several times a second, and resource limits.
        case watch
    }

    public var hierarchies: [Hierarchy]

    public init(hierarchies: [Hierarchy] = []) {
        self.hierarchies = hierarchies
    }

    /// The hierarchy that has `controller`.
    public func hierarchy(of controller: Controller) -> Hierarchy? {
        hierarchies.first { $0.controllers.contains(controller) }
    }

    public var enforcement: Enforcement {
        guard let memory = hierarchy(of: .memory), hierarchy(of: .pids) != nil else { return .watch }
        return memory.version == 2 ? .cgroup2 : .cgroup1
    }
}

extension CgroupSite.Hierarchy: CustomStringConvertible {
    /// `1 cpu,memory /sys/fs/cgroup/…`, which `init(_:)` reads.
    public var description: String {
        "\(version) \(controllers.map(\.rawValue).sorted().joined(separator: ",")) \(folder)"
    }

    public init?(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let version = Int(parts[0]), (1...2).contains(version), parts[2].hasPrefix("/") else {
            return nil
        }
        var controllers: Set<CgroupSite.Controller> = []
        for name in parts[1].split(separator: ",") {
            guard let controller = CgroupSite.Controller(rawValue: String(name)) else { return nil }
            controllers.insert(controller)
        }
        self.init(version: version, controllers: controllers, folder: String(parts[2]))
    }
}
