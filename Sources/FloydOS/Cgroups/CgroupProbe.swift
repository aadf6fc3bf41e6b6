internal import Glibc

/// Finds out in which hierarchies this process can make groups, by making them.
public struct CgroupProbe {
    private let mounts: CgroupMounts
    private let name: String
    private let files: any CgroupFiles

    /// The group that the daemon retires to, where a group may not hold processes and groups.
    private static let leaf = "daemon"

    /// - Parameters:
    ///   - name: of the folder that will hold the attempts' groups, one for each server on the machine.
    ///   - mounts: `/proc/self/mountinfo`.
    ///   - membership: `/proc/self/cgroup`.
    public init(name: String, mounts: String, membership: String, files: any CgroupFiles) {
        self.mounts = CgroupMounts(mounts: mounts, membership: membership)
        self.name = name
        self.files = files
    }

    /// On this machine.
    public init(name: String) {
        let files = KernelCgroupFiles()
        self.init(
            name: name,
            mounts: files.text("/proc/self/mountinfo") ?? "",
            membership: files.text("/proc/self/cgroup") ?? "",
            files: files
        )
    }

    /// Makes the server's folder in every hierarchy that serves, which a crash leaves behind empty, and sweeps out what attempts left.
    ///
    /// Version 2 where its controllers are delegated to this process, else version 1. The unified hierarchy without controllers is
    /// taken only where no other can keep a group together: entering it costs an RCU grace period, 5 to 15 ms of a job's start.
    ///
    /// - Parameter isInUse: whether somebody is about to enter the attempt's group of that name, which is as empty until then as one
    ///   that nobody needs any more.
    public func run(isInUse: (String) -> Bool = { _ in false }) -> CgroupSite {
        var site = CgroupSite(hierarchies: delegated().map { [$0] } ?? firstVersion())
        if site.hierarchies.isEmpty, let unified = unified() { site.hierarchies = [unified] }
        for hierarchy in site.hierarchies { sweep(hierarchy.folder, isInUse) }
        return site
    }

    /// Removes groups in which nobody is any more.
    private func sweep(_ folder: String, _ isInUse: (String) -> Bool) {
        for group in files.groups(in: folder) where !isInUse(group) { try? files.remove("\(folder)/\(group)") }
    }

    // MARK: Version 2

    private var second: CgroupMounts.Hierarchy? { mounts.hierarchies.first { $0.version == 2 } }

    private func delegated() -> CgroupSite.Hierarchy? {
        guard let second else { return nil }
        // A daemon that was started in the leaf belongs to the group above.
        let parent = Folder.parent(of: second.own) ?? "/"
        let isInLeaf = second.own.hasSuffix("/\(Self.leaf)") && files.isWritable(parent)
        let base = isInLeaf ? parent : second.own
        guard files.isWritable(base) else { return nil }
        let available = controllers(in: "\(base)/cgroup.controllers")
        guard available.isSuperset(of: [.memory, .pids]), enable(available, in: base, isInLeaf: isInLeaf) else {
            return nil
        }
        let folder = "\(base)/\(name)"
        do throws(SystemError) {
            try files.make(folder)
            try files.set("\(folder)/cgroup.subtree_control", Self.order(available))
            return CgroupSite.Hierarchy(version: 2, controllers: available, folder: folder)
        } catch {
            return nil
        }
    }

    /// Lets groups in `base` have the controllers. It may hold no process then, except the root of all; so this one goes into a leaf.
    private func enable(_ wanted: Set<CgroupSite.Controller>, in base: String, isInLeaf: Bool) -> Bool {
        let control = "\(base)/cgroup.subtree_control"
        if controllers(in: control).isSuperset(of: wanted) { return true }
        if (try? files.set(control, Self.order(wanted))) != nil { return true }
        if isInLeaf { return false }
        let leaf = "\(base)/\(Self.leaf)"
        do throws(SystemError) {
            try files.make(leaf)
            try files.set("\(leaf)/cgroup.procs", "\(getpid())")
            do throws(SystemError) {
                try files.set(control, Self.order(wanted))
                return true
            } catch {
                // Somebody else is in the group.
                try files.set("\(base)/cgroup.procs", "\(getpid())")
                try files.remove(leaf)
                return false
            }
        } catch {
            return false
        }
    }

    private func controllers(in file: String) -> Set<CgroupSite.Controller> {
        let words = files.text(file)?.split { $0 == " " || $0 == "\n" } ?? []
        return Set(words.compactMap { CgroupSite.Controller(rawValue: String($0)) })
    }

    private static func order(_ controllers: Set<CgroupSite.Controller>) -> String {
        controllers.map { "+\($0.rawValue)" }.sorted().joined(separator: " ")
    }

    private func unified() -> CgroupSite.Hierarchy? {
        guard let second, let folder = folder(in: second.own) else { return nil }
        return CgroupSite.Hierarchy(version: 2, controllers: [], folder: folder)
    }

    // MARK: Version 1

    private func firstVersion() -> [CgroupSite.Hierarchy] {
        mounts.hierarchies.filter { $0.version == 1 }.compactMap { hierarchy in
            let controllers = Set(hierarchy.controllers.compactMap(CgroupSite.Controller.init(rawValue:)))
            guard !controllers.isEmpty, let folder = folder(in: hierarchy.own) else { return nil }
            return CgroupSite.Hierarchy(version: 1, controllers: controllers, folder: folder)
        }
    }

    /// The server's folder in the group `own`, if one can be made there and groups in it.
    private func folder(in own: String) -> String? {
        let folder = "\(own)/\(name)"
        let trial = "\(folder)/trial"
        do throws(SystemError) {
            try files.make(folder)
            try files.make(trial)
            let isWritable = files.isWritable(trial)
            try files.remove(trial)
            return isWritable ? folder : nil
        } catch {
            return nil
        }
    }
}
