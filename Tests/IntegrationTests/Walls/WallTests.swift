import FloydConformance
import Foundation
import Glibc
import Testing

/// Two people's jobs at the same time: neither gets at what is the other's, the server's or the machine's.
@Suite(.scene, .tags(.integration))
struct WallTests {
    @Test("A job that tries everything reaches nothing", arguments: Actor.all)
    func intruder(actor: Actor) async throws {
        let server = try await Server.start(as: actor, environment: ["DAEMON_ONLY": "daemon-secret"])
        let bob = try await server.person("bob")
        let alice = try await server.person("alice")
        let secret = "bob-secret-\(UInt64.random(in: 0 ... .max))"
        try bob.write("\(secret)\n", to: "data/secret.txt")
        try await bob.succeed("upload", "secrets", in: "data")
        try await bob.makeProject("quiet", ["main.py": WallProbe.victim])
        let victim = try await bob.submit("--data", "secrets", "python main.py", in: "quiet")
        let follower = try await bob.command(["logs", "-t", victim]).start()
        let ready = try await follower.outputLine(with: "sitting as")
        let victimID = try #require(ready.split(separator: " ").last.flatMap { Int($0) })
        #expect(victimID != 0 || !actor.isRoot)

        try alice.write("alice's\n", to: "data/mine.txt")
        try await alice.succeed("upload", "mine", in: "data")
        let data = server.dataFolder
        let run = server.run(of: victim)
        let worker = try #require(server.workers().first { $0.run == run })
        let wanted: [String: Any] = [
            "terces": String(secret.reversed()),
            "data": data,
            "port": server.port,
            "pids": [Int(worker.pid), Int(server.pid), Int(getpid())],
            "closed": [
                data, "\(data)/floydlite.db", "\(data)/blobs", "\(data)/runs", run, "\(run)/home", "\(run)/home/own",
                "\(run)/log",
                server.folder, server.configFile, bob.folder, "/root", "/home", "/etc/shadow", "/var",
                "/run", "/tmp/own", "/dev/shm/own", "/proc/1/root/root",
            ],
            "unwritable": [
                "/", "/input", "/usr", "/usr/bin", "/bin", "/etc", "/lib", "/floyd", "/floyd/input", "/proc", "/mine",
            ],
            "files": ["/input/mine.txt", "/usr/bin/env", "/etc/passwd", "/etc/hosts", "/floyd/input/mine/mine.txt"],
        ]
        try alice.write(
            String(decoding: JSONSerialization.data(withJSONObject: wanted), as: UTF8.self),
            to: "probe/wanted.json"
        )
        try await alice.makeProject("probe", ["main.py": WallProbe.intruder])
        let intruder = try await alice.submit("--data", "mine", "python main.py", in: "probe")
        let outcome = try await alice.floydlite("logs", "-t", intruder)
        try #require(outcome.status == 0, "\(outcome.testDescription)")
        let answer = try await server.get("/api/v1/jobs/\(intruder)/output/report.json", token: alice.token)
        let report = try answer.json()

        for key in [
            "opened", "written", "appended", "removed", "chmodded", "found", "secret_processes", "signalled", "escaped",
            "remounted",
            "became_root",
        ] {
            #expect(report[key]?.items == [], "\(key): \(String(describing: report[key]))")
        }
        #expect(!follower.hasEnded)
        #expect(!FileManager.default.fileExists(atPath: "/usr/floydlite-intruder"))

        let capabilities = try #require(report["capabilities"]).members
        #expect(capabilities.keys.sorted() == ["CapAmb", "CapBnd", "CapEff", "CapInh", "CapPrm"])
        for (name, set) in capabilities { #expect(set.string == "0000000000000000", "\(name)") }
        #expect(report["no_new_privileges"]?.string == "1")
        let uids = Set(try #require(report["uids"]).items.map(\.integer))
        let gids = Set(try #require(report["gids"]).items.map(\.integer))
        #expect(uids.count == 1 && !uids.contains(0) && !gids.contains(0))
        #expect(report["groups"]?.items.contains(.number(0)) == false)
        if actor.isRoot {
            #expect(!uids.contains(victimID))
            #expect(uids.allSatisfy { ($0 ?? 0) > 1_700_000_000 })
        }
        #expect(report["server"]?.integer == 401)

        let environment = try #require(report["environment"])
        #expect(environment["FLOYDHUB"]?.string == "1")
        #expect(environment["FLOYD_JOB_ID"]?.string == intruder)
        #expect(environment["CUDA_VISIBLE_DEVICES"]?.string == "")
        let processes = try #require(report["processes"]).items.compactMap(\.string)
        #expect(!processes.isEmpty)
        for text in processes + environment.members.values.compactMap(\.string) {
            #expect(!text.contains("daemon-secret") && !text.contains(server.folder), "\(text)")
        }
        // Pipes and its own files: nothing that the daemon or the worker had open.
        for descriptor in try #require(report["descriptors"]).items.compactMap(\.string) {
            #expect(!descriptor.contains(data) && !descriptor.hasPrefix("socket:"), "\(descriptor)")
        }
        // The data is as it was.
        let stored = try await alice.floydlite("run", "-f", "--data", "mine", "cat /input/mine.txt", in: "probe")
        #expect(stored.lines.contains { $0.hasSuffix("INFO - alice's") })
    }

    @Test("What is another's answers exactly like what isn't there")
    func foreignLikeAbsent() async throws {
        let server = try await Server.start()
        let bob = try await server.person("bob")
        let alice = try await server.person("alice")
        try bob.write("1\n", to: "data/x.txt")
        let version = try #require(try await bob.json("upload", "secrets", in: "data")["id"]?.string)
        try await bob.makeProject("quiet")
        let job = try await bob.submit("echo x > /output/x; sleep 1000", in: "quiet")
        _ = try await bob.job(job, is: "running")
        let manifest = #"{"path":"x","type":"file","size":3,"blake3":"\#(String(repeating: "a", count: 64))"}"# + "\n"
        let begun = try await server.upload(manifest, token: bob.token)
        let upload = try #require(try begun.json()["id"]?.string)

        let absent = "abcdefghijkmnopqrstuvw"
        let targets: [(method: String, target: String, theirs: String, none: String)] = [
            ("GET", "/api/v1/jobs/{}", job, absent),
            ("GET", "/api/v1/jobs/{}", "bob%2Fprojects%2Fquiet%2F1", "bob%2Fprojects%2Fother%2F1"),
            ("GET", "/api/v1/jobs/{}", "bob%2Fquiet%2F1", "carol%2Fquiet%2F1"),
            ("POST", "/api/v1/jobs/{}/stop", job, absent),
            ("GET", "/api/v1/jobs/{}/log", job, absent),
            ("GET", "/api/v1/jobs/{}/log/stream", job, absent),
            ("GET", "/api/v1/jobs/{}/output", job, absent),
            ("GET", "/api/v1/jobs/{}/output/x", job, absent),
            ("GET", "/jobs/{}", job, absent),
            ("POST", "/jobs/{}/stop", job, absent),
            ("GET", "/api/v1/datasets/{}", "bob%2Fdatasets%2Fsecrets", "bob%2Fdatasets%2Fsecretz"),
            ("GET", "/api/v1/dataset-versions/{}", version, absent),
            ("GET", "/api/v1/dataset-versions/{}", "bob%2Fsecrets%2F1", "bob%2Fsecrets%2F2"),
            ("GET", "/api/v1/uploads/{}", upload, absent),
            ("HEAD", "/api/v1/uploads/{}", upload, absent),
            ("DELETE", "/api/v1/uploads/{}", upload, absent),
            ("GET", "/api/v1/uploads/{}/missing", upload, absent),
            ("POST", "/api/v1/uploads/{}/commit", upload, absent),
        ]
        for (method, target, theirs, none) in targets {
            func ask(_ name: String) async throws -> Answer {
                let path = target.replacingOccurrences(of: "{}", with: name)
                // Pages know their readers by the cookie.
                return try await server.request(
                    method,
                    path,
                    token: alice.token,
                    ["Cookie": "floydlite_session=\(alice.token)"]
                )
            }
            let foreign = try await ask(theirs)
            let missing = try await ask(none)
            #expect(foreign.status == 404, "\(method) \(target): \(foreign.status) \(foreign.text)")
            #expect(foreign.status == missing.status)
            func neutral(_ answer: Answer, _ name: String) -> String {
                answer.text.replacingOccurrences(of: name.replacingOccurrences(of: "%2F", with: "/"), with: "NAME")
                    .replacingOccurrences(of: name, with: "NAME")
            }
            #expect(neutral(foreign, theirs) == neutral(missing, none), "\(method) \(target)")
        }
        let mine = try await alice.json("data", "init", "mine")
        #expect(mine["state"]?.string == "active")
        for (theirs, none) in [
            ("bob/datasets/secrets", "bob/datasets/nothing"), (version, absent), ("\(job)/output", "\(absent)/output"),
        ] {
            func submit(_ source: String) async throws -> Answer {
                let body = #"{"project":"p","code":"\#(upload)","command":"true","data":[{"source":"\#(source)"}]}"#
                return try await server.post("/api/v1/jobs", json: body, token: alice.token)
            }
            let foreign = try await submit(theirs)
            let missing = try await submit(none)
            #expect(foreign.status == missing.status && foreign.status == 404, "\(theirs): \(foreign.text)")
        }
        #expect(try await alice.json("status")["items"]?.items == [])
        // Bob's things took no harm.
        #expect(try await server.get("/api/v1/jobs/\(job)", token: bob.token).json()["state"]?.string == "running")
        #expect(try await server.get("/api/v1/uploads/\(upload)", token: bob.token).status == 200)
    }

    @Test(
        "What a job leaves is opened beneath its folder, as plain files only, and sent to be saved",
        arguments: Actor.all
    )
    func hostileOutput(actor: Actor) async throws {
        let server = try await Server.start(as: actor)
        let alice = try await server.person("alice")
        try await alice.makeProject("traps")
        let command = #"""
            cd /output; echo '<script>alert(1)</script>' > page.html; ln -s /etc/passwd link; ln -s ../.. up; ln -s page.html inside
            mkfifo pipe; mkdir folder; echo deep > folder/deep; ln -s / root; printf x > $'bad\xff'; ln -s ../spec spec
            """#
        let job = try await alice.submit(command, in: "traps")
        _ = try await alice.job(job, is: "finished")
        let page = try await server.get("/api/v1/jobs/\(job)/output/page.html", token: alice.token)
        #expect(page.status == 200)
        #expect(page.fields["content-type"] == "application/octet-stream")
        #expect(page.fields["content-disposition"]?.hasPrefix("attachment") == true)
        #expect(page.fields["x-content-type-options"] == "nosniff")
        #expect(page.fields["content-security-policy"]?.contains("sandbox") == true)
        for path in [
            "link", "up/exit.json", "up/spec", "root/etc/passwd", "pipe", "folder", "spec", "..%2Fexit.json",
            "%2e%2e/exit.json", "folder/../page.html",
        ] {
            let answer = try await server.get("/api/v1/jobs/\(job)/output/\(path)", token: alice.token)
            #expect((400..<500).contains(answer.status), "\(path): \(answer.status) \(answer.text)")
            #expect(!answer.text.contains("root:"))
        }
        let fetched = try await alice.succeed("output", job, "--download", "results")
        #expect(fetched.errorText.contains("pipe"))
        #expect(try alice.read("results/folder/deep") == "deep\n")
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(alice.folder)/results")
        #expect(!names.contains("pipe"))
        for name in names {
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(alice.folder)/results/\(name)")
            #expect(
                target?.hasPrefix("/") != true && target?.hasPrefix("..") != true,
                "\(name) leads to \(target ?? "")"
            )
        }
    }
}
