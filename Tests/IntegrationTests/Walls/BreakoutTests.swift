import FloydConformance
import Foundation
import Glibc
import Testing

/// A job that is out to break out, beside another account's job and a program of the machine that leave open what they can.
@Suite(.scene, .tags(.integration))
struct BreakoutTests {
    /// What a program says that others might get at.
    struct Neighbour {
        var name: String
        var facts: JSON
    }

    /// The scene of a server and what is on its machine.
    struct Stage {
        var server: Server
        var sockets: [String]
        var host: Neighbour
        var pids: [Int]

        func wanted(_ changes: [String: Any] = [:]) throws -> String {
            let data = server.dataFolder
            var wanted: [String: Any] = [
                "abstract": [host.name], "sockets": sockets,
                "closed": [
                    data, "\(data)/floydlite.db", "\(data)/floydlite.db-wal", "\(data)/blobs", "\(data)/runs",
                    "\(data)/daemon.lock",
                    "/etc/shadow", "/root", "/proc/1/root/etc/shadow",
                ],
                "pids": pids, "segments": [host.facts["segment"]?.integer ?? -1], "shm": ["/dev/shm/\(host.name)"],
                "keys": [host.facts["key"]?.integer ?? -1], "mountpoint": "/tmp", "own": -1, "port": server.port,
                "token": "",
            ]
            wanted.merge(changes) { $1 }
            return String(decoding: try JSONSerialization.data(withJSONObject: wanted), as: UTF8.self)
        }
    }

    static func stage(_ actor: Actor, environments: String = Server.plainEnvironments) async throws -> Stage {
        let name = "floydlite-wall-\(UInt64.random(in: 0 ... .max))"
        // Where an administrator would have them, which isn't the place that sandboxes cover with a /tmp of their own.
        let folder = actor.isRoot ? "/run/\(name)" : "\(try Scene.current.folder)/\(name)"
        try Scene.current.atEnd { try? FileManager.default.removeItem(atPath: folder) }
        if !actor.isRoot { _ = try Scene.current.makeFolder(name, for: actor) }
        let sockets = ["\(folder)/local.sock", "\(folder)/metrics.sock"]
        let server = try await Server.start(
            as: actor,
            config: """
                \(Server.plainConfig)
                local_socket: {path: \(sockets[0])}
                metrics: {listen: "unix:\(sockets[1])"}
                """,
            environments: environments
        )
        var command = Command(program: "/usr/bin/python3", arguments: ["-c", BreakoutProbe.neighbour, name])
        command.environment = Command.basicEnvironment
        let child = try await command.start()
        try Scene.current.atEnd {
            child.signal(SIGKILL)
            unlink("/dev/shm/\(name)")
        }
        let facts = try JSON(Array(try await child.outputLine(with: "segment").utf8))
        return Stage(
            server: server,
            sockets: sockets,
            host: Neighbour(name: name, facts: facts),
            pids: [Int(child.pid), Int(server.pid), Int(getpid())]
        )
    }

    /// Another account's job that does as the machine's program does.
    static func neighbourJob(_ stage: inout Stage) async throws -> Neighbour {
        let bob = try await stage.server.person("bob")
        let name = "floydlite-job-\(UInt64.random(in: 0 ... .max))"
        try await bob.makeProject("quiet", ["main.py": BreakoutProbe.neighbour])
        let job = try await bob.submit("python main.py \(name)", in: "quiet")
        let follower = try await bob.command(["logs", "--raw", "-t", job]).start()
        let facts = try JSON(Array(try await follower.outputLine(with: "segment").utf8))
        follower.signal(SIGKILL)
        let run = stage.server.run(of: job)
        stage.pids += stage.server.workers().filter { $0.run == run }.map { Int($0.pid) }
        // As the machine counts: the job's own process, by its command line.
        stage.pids += try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int($0) }.filter {
            pid in
            let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            return String(decoding: line, as: UTF8.self).contains(name)
        }
        return Neighbour(name: name, facts: facts)
    }

    /// Runs the probe outside of any sandbox.
    private static func probe(_ wanted: String, prefix: [String] = []) async throws -> JSON {
        let folder = try Scene.current.makeFolder("outside-\(UInt64.random(in: 0 ... .max))")
        chmod(folder, 0o777)
        try Data(wanted.utf8).write(to: URL(filePath: "\(folder)/wanted.json"))
        try Data(BreakoutProbe.script.utf8).write(to: URL(filePath: "\(folder)/main.py"))
        let words = prefix + ["/usr/bin/python3", "\(folder)/main.py", "\(folder)/report.json"]
        var command = Command(program: words[0], arguments: Array(words.dropFirst()))
        command.environment = Command.basicEnvironment.merging(["TMPDIR": folder]) { $1 }
        command.folder = folder
        let outcome = try await command.run()
        try #require(outcome.status == 0, "\(outcome.testDescription)")
        return try JSON([UInt8](Data(contentsOf: URL(filePath: "\(folder)/report.json"))))
    }

    @Test("Outside of a sandbox root gains by every probe", .enabled(if: geteuid() == 0))
    func outside() async throws {
        let stage = try await Self.stage(.tester)
        let admin = try await stage.server.person("root-of-it")
        let mountpoint = try Scene.current.makeFolder("mountpoint")
        let wanted = try stage.wanted([
            // The machine's own process alone: to be attached to does no harm to it.
            "pids": [stage.pids[0]], "mountpoint": mountpoint, "own": 0, "token": admin.token,
        ])
        for (probe, gained) in try await Self.probe(wanted).members {
            #expect(!gained.items.isEmpty, "\(probe) gains nothing, and would not tell")
            #expect(!"\(gained)".contains("the probe itself failed"), "\(probe): \(gained)")
        }
    }

    @Test("In a sandbox nobody gains by any", arguments: Actor.all)
    func inside(actor: Actor) async throws {
        var stage = try await Self.stage(actor)
        let neighbour = try await Self.neighbourJob(&stage)
        let alice = try await stage.server.person("alice")
        var keys = [stage.host.facts["key"]?.integer ?? -1]
        // Where all jobs have the service's uid, they have its keys in common.
        if actor.isRoot { keys.append(neighbour.facts["key"]?.integer ?? -1) }
        let wanted = try stage.wanted([
            "abstract": [stage.host.name, neighbour.name],
            "segments": [stage.host, neighbour].map { $0.facts["segment"]?.integer ?? -1 },
            "shm": [stage.host, neighbour].map { "/dev/shm/\($0.name)" }, "keys": keys,
        ])
        try alice.write(wanted, to: "probe/wanted.json")
        try await alice.makeProject("probe", ["main.py": BreakoutProbe.script])
        let job = try await alice.submit("python main.py /output/report.json", in: "probe")
        let outcome = try await alice.floydlite("logs", "-t", job)
        try #require(outcome.status == 0, "\(outcome.testDescription)")
        let report = try await stage.server.get("/api/v1/jobs/\(job)/output/report.json", token: alice.token).json()
        #expect(report.members.count > 20)
        for (probe, gained) in report.members {
            #expect(gained.items.isEmpty, "\(probe): \(gained)")
        }
    }

    @Test("Whoever leaves the sandbox meets another uid", .enabled(if: geteuid() == 0))
    func escaped() async throws {
        var stage = try await Self.stage(.tester)
        let neighbour = try await Self.neighbourJob(&stage)
        let alice = try await stage.server.person("alice")
        try await alice.makeProject("probe")
        let asked = try await alice.floydlite("run", "-f", "id -u", in: "probe")
        let uid = try #require(
            asked.texts.lazy.compactMap { Int($0) }.first { $0 > 1_700_000_000 },
            "\(asked.testDescription)"
        )
        #expect(uid != neighbour.facts["uid"]?.integer)
        let run = try #require(stage.server.workers().first?.run)
        let data = stage.server.dataFolder
        let wanted = try stage.wanted([
            "keys": [stage.host, neighbour].map { $0.facts["key"]?.integer ?? -1 },
            "closed": [
                data, "\(data)/floydlite.db", "\(data)/blobs", "\(data)/runs", run, "\(run)/home", "\(run)/output",
                "\(run)/log",
                "\(run)/home/main.py", "/etc/shadow", "/root", "/proc/1/root/etc/shadow",
                "/proc/\(stage.server.pid)/root\(data)",
            ],
        ])
        let prefix = [
            "/usr/bin/setpriv", "--reuid", "\(uid)", "--regid", "\(uid)", "--clear-groups", "--no-new-privs",
            "--bounding-set", "-all", "--inh-caps", "-all", "--",
        ]
        let report = try await Self.probe(wanted, prefix: prefix)
        // The rest is what the machine shows to all its users, and the sandbox hides.
        for probe in [
            "server_files", "ptrace", "memory_of_others", "environment_of_others", "signals", "keys", "device_nodes",
            "setuid_programs", "kernel_settings", "control_groups", "mounts", "nested_mounts", "namespaces", "users",
            "priorities", "server",
        ] {
            #expect(report[probe]?.items == [], "\(probe): \(String(describing: report[probe]))")
        }
    }
}
