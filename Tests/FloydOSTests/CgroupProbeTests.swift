import FloydOS
import Glibc
import Synchronization
import Testing

/// Control groups in memory, with the rules that matter: where processes are no controllers are enabled, and none appear unasked.
private final class FakeGroups: CgroupFiles {
    struct State {
        var files: [String: String] = [:]
        var closed: Set<String> = []
        /// Groups in which somebody else is.
        var occupied: Set<String> = []
    }

    private let state: Mutex<State>

    init(_ files: [String: String], closed: Set<String> = [], occupied: Set<String> = []) {
        state = Mutex(State(files: files, closed: closed, occupied: occupied))
    }

    func text(_ path: String) -> String? { state.withLock { $0.files[path] } }

    func set(_ path: String, _ value: String) throws(SystemError) {
        let code: Int32? = state.withLock { state in
            guard state.files[path] != nil else { return ENOENT }
            let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
            if path.hasSuffix("cgroup.procs") {
                for name in state.files.keys where name.hasSuffix("cgroup.procs") {
                    if state.files[name] == value { state.files[name] = "" }
                }
            } else if state.files["\(folder)/cgroup.procs"] != "" || state.occupied.contains(folder) {
                return EBUSY
            }
            state.files[path] = value.replacing("+", with: "")
            return nil
        }
        if let code { throw SystemError("write", path: path, code: code) }
    }

    func make(_ folder: String) throws(SystemError) {
        let isMade = state.withLock { state in
            let parent = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
            guard !state.closed.contains(parent) else { return false }
            for file in ["cgroup.procs", "cgroup.subtree_control"] where state.files["\(folder)/\(file)"] == nil {
                state.files["\(folder)/\(file)"] = ""
            }
            return true
        }
        if !isMade { throw SystemError("mkdir", path: folder, code: EACCES) }
    }

    func remove(_ folder: String) throws(SystemError) {
        state.withLock { state in state.files = state.files.filter { !$0.key.hasPrefix("\(folder)/") } }
    }

    func groups(in folder: String) -> [String] {
        state.withLock { state in
            state.files.keys.filter { $0.hasPrefix("\(folder)/") && $0.hasSuffix("/cgroup.procs") }
                .map { $0.dropFirst(folder.count + 1).dropLast("/cgroup.procs".count) }
                .filter { !$0.isEmpty }.map(String.init)
        }
    }

    func isWritable(_ folder: String) -> Bool { state.withLock { !$0.closed.contains(folder) } }
}

@Suite struct CgroupProbeTests {
    private static let unifiedMount = "30 23 0:26 / /cg rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
    private static let me = "\(getpid())"

    private func probe(_ files: FakeGroups, mounts: String = unifiedMount, membership: String) -> CgroupSite {
        CgroupProbe(name: "floydlite", mounts: mounts, membership: membership, files: files).run()
    }

    private func delegated(_ controllers: String, _ own: String = "/cg/s") -> [String: String] {
        [
            "\(own)/cgroup.procs": Self.me, "\(own)/cgroup.controllers": controllers,
            "\(own)/cgroup.subtree_control": "",
        ]
    }

    @Test func startRemovesGroupsThatNobodyIsAboutToEnter() throws {
        let files = FakeGroups(delegated("cpu io memory pids\n"))
        for group in ["gone.1", "starting.1"] { try files.make("/cg/s/floydlite/\(group)") }
        _ = CgroupProbe(name: "floydlite", mounts: Self.unifiedMount, membership: "0::/s\n", files: files)
            .run { $0 == "starting.1" }
        #expect(files.groups(in: "/cg/s/floydlite") == ["starting.1"])
    }

    @Test func daemonRetiresToALeafOfItsGroup() {
        let files = FakeGroups(delegated("cpu io memory pids\n"))
        let site = probe(files, membership: "0::/s\n")
        let expected = CgroupSite.Hierarchy(version: 2, controllers: [.cpu, .memory, .pids], folder: "/cg/s/floydlite")
        #expect(site.hierarchies == [expected])
        #expect(site.enforcement == .cgroup2)
        #expect(files.text("/cg/s/daemon/cgroup.procs") == Self.me)
        #expect(files.text("/cg/s/cgroup.subtree_control") == "cpu memory pids")
        #expect(files.text("/cg/s/floydlite/cgroup.subtree_control") == "cpu memory pids")
        // Started again in its leaf, it finds the same.
        #expect(probe(files, membership: "0::/s/daemon\n") == site)
    }

    @Test func groupWithStrangersIsLeftAsItWas() {
        let files = FakeGroups(delegated("memory pids"), occupied: ["/cg/s"])
        let site = probe(files, membership: "0::/s\n")
        #expect(site.enforcement == .watch)
        #expect(files.text("/cg/s/cgroup.procs") == Self.me)
        #expect(files.text("/cg/s/daemon/cgroup.procs") == nil)
        // It still keeps a job together.
        #expect(site.hierarchies == [.init(version: 2, controllers: [], folder: "/cg/s/floydlite")])
    }

    @Test(arguments: ["memory", "cpu pids", ""])
    func notEnoughControllersAreNone(controllers: String) {
        #expect(probe(FakeGroups(delegated(controllers)), membership: "0::/s\n").enforcement == .watch)
    }

    @Test func closedGroupsAreNone() {
        let files = FakeGroups(delegated("memory pids"), closed: ["/cg/s"])
        #expect(probe(files, membership: "0::/s\n") == CgroupSite())
        #expect(probe(FakeGroups([:]), mounts: "", membership: "") == CgroupSite())
    }

    @Test func firstVersionIsTakenWhereTheSecondHasNoControllers() {
        let mounts = """
            32 31 0:29 / /cg/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
            35 31 0:32 /box /cg/a\\040b rw - cgroup cgroup rw,memory
            39 31 0:36 / /cg/pids rw - cgroup cgroup rw,pids
            40 31 0:37 / /cg/systemd rw - cgroup cgroup rw,name=systemd
            41 31 0:38 / /cg/unified rw shared:5 - cgroup2 cgroup2 rw
            """
        let membership = "9:name=systemd:/\n8:pids:/\n4:memory:/box/x\n1:cpu,cpuacct:/y\n0::/\n"
        let files = FakeGroups(["/cg/unified/cgroup.controllers": "\n"])
        let site = probe(files, mounts: mounts, membership: membership)
        #expect(
            site.hierarchies == [
                .init(version: 1, controllers: [.cpu], folder: "/cg/cpu,cpuacct/y/floydlite"),
                .init(version: 1, controllers: [.memory], folder: "/cg/a b/x/floydlite"),
                .init(version: 1, controllers: [.pids], folder: "/cg/pids/floydlite"),
            ]
        )
        #expect(site.enforcement == .cgroup1)
    }

    @Test func placesComeBackAsTheyWere() {
        for hierarchy in [
            CgroupSite.Hierarchy(version: 1, controllers: [.cpu, .memory], folder: "/a b"),
            .init(version: 2, controllers: [], folder: "/x"),
        ] {
            #expect(CgroupSite.Hierarchy(hierarchy.description) == hierarchy)
        }
        for text in ["", "1", "3 memory /x", "1 disk /x", "1 memory x", "1  "] {
            #expect(CgroupSite.Hierarchy(text) == nil)
        }
    }
}

/// What the machine that runs the tests has.
@Suite struct CgroupTests {
    private static let site = CgroupProbe(name: "floydlite-os-test-\(getpid())").run()

    private func sleeper() throws -> pid_t {
        let null = try FileDescriptor.open("/dev/null", O_RDWR)
        let pid = try ProcessCommand(
            "/bin/sleep",
            arguments: ["sleep", "60"],
            descriptors: [null.raw, null.raw, null.raw]
        ).spawn()
        try null.close()
        return pid
    }

    @Test(.enabled(if: !site.hierarchies.isEmpty)) func groupIsKilledAsAWholeAndRemoved() throws {
        // Also where the folder of all has been tidied away.
        for hierarchy in Self.site.hierarchies { try CgroupFolder(hierarchy.folder).remove() }
        let group = Cgroup(Self.site, name: "a.1")
        try group.make()
        try group.limit(memory: 64 << 20, processes: 10, weight: 100)
        #expect(group.isEmpty)
        let pids = [try sleeper(), try sleeper()]
        for folder in group.folders {
            for pid in pids { try CgroupFolder(folder).set("cgroup.procs", "\(pid)") }
        }
        #expect(Set(group.members) == Set(pids))
        #expect(throws: SystemError.self) { try group.remove() }
        group.kill()
        for pid in pids { waitpid(pid, nil, 0) }
        #expect(group.isEmpty)
        #expect(group.memoryKills ?? 0 == 0)
        #expect(group.refusedForks ?? 0 == 0)
        // What is left empty is swept out by the next who looks.
        #expect(CgroupProbe(name: "floydlite-os-test-\(getpid())").run() == Self.site)
        #expect(group.folders.allSatisfy { access($0, F_OK) != 0 })
        for hierarchy in Self.site.hierarchies { try CgroupFolder(hierarchy.folder).remove() }
    }

    @Test func unifiedHierarchyKillsInOneStep() throws {
        let folder = CgroupFolder("/sys/fs/cgroup/unified/floydlite-os-test-\(getpid())")
        guard (try? Folder.create(folder.path, mode: 0o755)) != nil else { return }
        let pid = try sleeper()
        try folder.set("cgroup.procs", "\(pid)")
        #expect(folder.members == [pid])
        folder.kill()
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        #expect(status & 0x7F == SIGKILL)
        #expect(folder.isEmpty)
        try folder.remove()
        #expect(folder.isEmpty)
    }

    @Test func treeAndItsUseAreFound() throws {
        let pid = try sleeper()
        #expect(ProcessUse.tree(from: getpid(), maximum: 1000).contains(pid))
        let use = try #require(ProcessUse.of(pid))
        #expect(use.pid == pid && use.threads == 1)
        #expect(ProcessUse.of(getpid()).map { $0.resident > 1 << 20 } == true)
        #expect(ProcessUse.proportional(getpid()).map { $0 > 1 << 20 } ?? true)
        #expect(ProcessUse.openFiles(pid).map { $0 > 0 } == true)
        #expect(ProcessUse.openFiles(-1) == nil)
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
        #expect(ProcessUse.of(pid) == nil)
    }
}
