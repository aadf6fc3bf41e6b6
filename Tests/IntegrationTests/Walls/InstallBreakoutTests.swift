import FloydConformance
import Foundation
import Glibc
import Testing

/// A list of packages that is out to break out while they are installed: building one runs its code.
@Suite(.scene, .tags(.integration))
struct InstallBreakoutTests {
    private static let site = "lib/python3.11/site-packages"

    /// Carol's account has a layer and downloads with a secret in them, and alice's wants it.
    private struct Plot {
        var stage: BreakoutTests.Stage
        var alice: Person
        var secret: String
        var environment: String
        var layer: String
        var cache: String

        init(_ actor: Actor) async throws {
            let index = try await PackageIndex.start()
            stage = try await BreakoutTests.stage(actor, environments: index.environments)
            secret = "carol-secret-\(UInt64.random(in: 0 ... .max))"
            // The first account: the uid that the probe tries to become is the third's.
            alice = try await stage.server.person("alice")
            let carol = try await stage.server.person("carol")
            var files = SourcePackage.files()
            files["pkg/tinypkg.py"] = "SECRET = '\(secret)'\n"
            files["floyd_requirements.txt"] = "--no-index\n./pkg\n"
            try await carol.makeProject("secretive", files)
            try await carol.succeed("run", "-f", "python -c 'import tinypkg'", in: "secretive")
            let data = stage.server.dataFolder
            func only(_ folder: String) throws -> String {
                let names = try FileManager.default.contentsOfDirectory(atPath: "\(data)/\(folder)")
                return "\(data)/\(folder)/\(try #require(names.first { $0 != "uv" && !$0.hasSuffix(".lock") }))"
            }
            environment = "\(try only("environments"))/root"
            layer = "\(try only("layers"))/root"
            cache = try only("caches")
        }

        /// - Parameter changes: instead of what is wanted inside.
        func wanted(mark: String, _ changes: [String: Any] = [:]) throws -> String {
            let data = stage.server.dataFolder
            let folders = [environment, "\(environment)/\(site)", layer, "\(layer)/\(site)", cache]
            let wanted: [String: Any] = [
                "terces": String(secret.reversed()), "mark": mark, "another": 0, "walked": ["/"],
                "closed": folders + [
                    data, "\(data)/floydlite.db", "\(data)/environments", "\(data)/layers", "\(data)/caches",
                    "\(data)/runs", "\(data)/blobs", "\(layer)/\(site)/tinypkg.py", "/etc/shadow", "/root", "/home",
                    stage.server.configFile, "/proc/1/root/root",
                ],
                "unwritable": folders + [
                    "/", "/floyd", "/floyd/base", "/floyd/base/bin", "/floyd/base/\(site)", "/floyd/code",
                    "/floyd/code/pkg",
                    "/usr", "/usr/bin", "/usr/lib/python3/dist-packages", "/etc", "/proc", "/floyd/cache/..",
                ],
                "files": [
                    "\(environment)/\(site)/tinyother.py", "\(layer)/\(site)/tinypkg.py",
                    "/floyd/base/\(site)/tinyother.py",
                    "/floyd/base/pyvenv.cfg", "/floyd/floyd_requirements.txt", "/floyd/code/floyd_requirements.txt",
                    "/floyd/code/pkg/backend.py", "/usr/bin/env", "/etc/passwd",
                ],
                "folders": ["/floyd/env", "/floyd/cache", "/floyd/home", "/tmp"],
            ]
            let merged = wanted.merging(changes) { $1 }
            return String(decoding: try JSONSerialization.data(withJSONObject: merged), as: UTF8.self)
        }

        /// Names, modes, owners and times of all that is in the environment and in carol's folders.
        func state() async throws -> String {
            var command = Command(program: "/usr/bin/find")
            command.arguments = [environment, layer, cache, "-printf", "%p %m %U %s %T@ %l\n"]
            let outcome = try await command.run()
            try #require(outcome.status == 0, "\(outcome.testDescription)")
            return outcome.lines.sorted().joined(separator: "\n")
        }
    }

    /// The pids of the processes with `mark` in their command line.
    private static func processes(_ mark: String) throws -> [Int] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int($0) }.filter { pid in
            let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            return String(decoding: line, as: UTF8.self).contains(mark)
        }
    }

    @Test("Outside of a sandbox root gains by every probe", .enabled(if: geteuid() == 0))
    func outside() async throws {
        let plot = try await Plot(.tester)
        let mark = "1000.\(UInt32.random(in: 1_000_000...9_999_999))"
        let folder = try Scene.current.makeFolder("outside")
        let data = plot.stage.server.dataFolder
        let wanted = try plot.wanted(
            mark: mark,
            [
                "closed": [data, "\(plot.layer)/\(Self.site)/tinypkg.py"],
                "unwritable": [plot.environment, plot.layer],
                "files": ["\(plot.environment)/\(Self.site)/tinyother.py"], "walked": [data], "folders": [folder],
                "another": 1,
            ]
        )
        try Data(wanted.utf8).write(to: URL(filePath: "\(folder)/install-wanted.json"))
        try Data(InstallProbe.script.utf8).write(to: URL(filePath: "\(folder)/main.py"))
        var command = Command(program: "/usr/bin/python3")
        command.arguments = ["\(folder)/main.py", "\(folder)/report.json"]
        command.environment = Command.basicEnvironment.merging(["DAEMON_ONLY": "1"]) { $1 }
        let outcome = try await command.run()
        let left = try Self.processes(mark)
        for pid in left { kill(pid_t(pid), SIGKILL) }
        try #require(outcome.status == 0, "\(outcome.testDescription)")
        #expect(!left.isEmpty, "what was left running would not be seen")
        let report = try JSON([UInt8](Data(contentsOf: URL(filePath: "\(folder)/report.json"))))
        for (probe, gained) in report.members {
            #expect(!gained.items.isEmpty, "\(probe) gains nothing, and would not tell")
        }
    }

    @Test("A package gains nothing while it is installed", arguments: Actor.all)
    func inside(actor: Actor) async throws {
        var plot = try await Plot(actor)
        let neighbour = try await BreakoutTests.neighbourJob(&plot.stage)
        let (server, alice) = (plot.stage.server, plot.alice)
        let mark = "1000.\(UInt32.random(in: 1_000_000...9_999_999))"
        let before = try await plot.state()

        var keys = [plot.stage.host.facts["key"]?.integer ?? -1]
        // Where all jobs have the service's uid, they have its keys in common.
        if actor.isRoot { keys.append(neighbour.facts["key"]?.integer ?? -1) }
        let breakout = try plot.stage.wanted([
            "abstract": [plot.stage.host.name, neighbour.name],
            "segments": [plot.stage.host, neighbour].map { $0.facts["segment"]?.integer ?? -1 },
            "shm": [plot.stage.host, neighbour].map { "/dev/shm/\($0.name)" }, "keys": keys,
        ])
        var files = SourcePackage.files(hook: InstallProbe.hook)
        files["floyd_requirements.txt"] = "--no-index\n./pkg\n"
        files["pkg/wanted.json"] = breakout
        files["pkg/breakout.py"] = BreakoutProbe.script
        files["pkg/install-wanted.json"] = try plot.wanted(mark: mark)
        files["pkg/install.py"] = InstallProbe.script
        try await alice.makeProject("probe", files)
        let command =
            "cp /floyd/env/\(Self.site)/*-report.json /output; id -u; ls -l /floyd/env/left-behind; /floyd/env/left-behind -u"
        let job = try await alice.submit(command, in: "probe")
        let outcome = try await alice.floydlite("logs", "-t", job)
        try #require(outcome.status == 0, "\(outcome.testDescription)")

        for (name, count) in [("breakout", 20), ("install", 9)] {
            let path = "/api/v1/jobs/\(job)/output/\(name)-report.json"
            let report = try await server.get(path, token: alice.token).json()
            #expect(report.members.count > count, "\(report)")
            for (probe, gained) in report.members {
                #expect(gained.items.isEmpty, "\(probe): \(gained)")
            }
        }
        #expect(try Self.processes(mark).isEmpty, "what the build left running lives")
        #expect(try await plot.state() == before, "something of the environment or of carol's was changed")
        // The setuid programs that it left are its own, and make nobody of anybody.
        let uids = outcome.texts.compactMap { Int($0) }
        #expect(uids.count == 2 && Set(uids).count == 1 && !uids.contains(0), "\(outcome.text)")
        var find = Command(program: "/usr/bin/find")
        find.arguments = [server.dataFolder, "-type", "f", "-perm", "/6000", "-printf", "%U %p\n"]
        let left = try await find.run().lines
        #expect(!left.isEmpty && left.allSatisfy { $0.hasPrefix("\(uids.first ?? -1) ") }, "\(left)")
    }
}
