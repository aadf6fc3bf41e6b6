import FloydConformance
import Foundation
import Glibc
import Testing

/// What a server listens on besides its main address, and what it says of requests.
@Suite(.scene, .tags(.integration))
struct ListenerTests {
    private static func curl(_ words: String...) async throws -> Outcome {
        var command = Command(program: "/usr/bin/curl", arguments: ["-sS", "-m", "20"] + words)
        command.environment = Command.basicEnvironment
        return try await command.run()
    }

    private static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    }

    @Test("The local socket is for everybody, stale ones are replaced, and it goes with the server")
    func localSocket() async throws {
        let folder = try Scene.current.folder
        let path = "\(folder)/run/floydlite/d.sock"
        let server = try await Server.start(config: Server.plainConfig + "\nlocal_socket: {path: \(path)}")
        #expect(Self.mode("\(folder)/run") == 0o755 && Self.mode("\(folder)/run/floydlite") == 0o755)
        #expect(Self.mode(path) == 0o666)
        @Sendable func ask() async throws -> String {
            try await Self.curl("--unix-socket", path, "http://localhost/healthz").text
        }
        #expect(try await ask() == #"{"status":"ok"}"#)
        await server.kill()
        #expect(Self.mode(path) != nil)
        try await server.start()
        #expect(try await ask() == #"{"status":"ok"}"#)
        #expect(await server.stop() == 0)
        #expect(Self.mode(path) == nil)
    }

    @Test("A stop ends a stream on the local socket gracefully")
    func stop() async throws {
        let path = "\(try Scene.current.folder)/d.sock"
        let server = try await Server.start(config: Server.plainConfig + "\nlocal_socket: {path: \(path)}")
        let alice = try await server.person("alice")
        var command = Command(
            program: "/usr/bin/curl",
            arguments: [
                "-sSN", "--unix-socket", path, "-H", "Authorization: Bearer \(alice.token)",
                "http://localhost/api/v1/events/stream",
            ]
        )
        command.environment = Command.basicEnvironment
        let follower = try await command.start()
        _ = try await eventually("the stream to be open") {
            try await server.get("/healthz").status == 200 && Self.connections(to: path) > 1 ? true : nil
        }
        #expect(await server.stop() == 0)
        let outcome = try await follower.outcome()
        #expect(outcome.status == 0, "\(outcome.testDescription)")
    }

    /// Sockets of that path: the one that listens, and one for each connection (unix(7), `/proc/net/unix`).
    private static func connections(to path: String) -> Int {
        // To its end: one read(2) of it brings no more than a page.
        let bytes = try? FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/net/unix")).readToEnd()
        let table = String(decoding: bytes ?? Data(), as: UTF8.self)
        return table.split(separator: "\n").count { $0.hasSuffix(" \(path)") }
    }

    @Test("Metrics are told on a listener of their own, which answers nothing else, and to administrators")
    func metrics() async throws {
        let server = try await Server.start(config: Server.plainConfig + "\nmetrics: {listen: \"127.0.0.1:0\"}")
        let line = try #require(server.log.split(separator: "\n").first { $0.contains("metrics on http://") })
        let address = try #require(line.split(separator: " ").last.map(String.init))
        let alice = try await server.person("alice")
        let metrics = try await Self.curl("-i", "\(address)/metrics").text
        #expect(metrics.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
        #expect(
            metrics.contains("\nfloydlite_build_info{version=")
                && metrics.contains("\nfloydlite_jobs{state=\"queued\"} 0\n")
        )
        #expect(try await Self.curl("\(address)/healthz").text == #"{"status":"ok"}"#)
        for path in ["/", "/api/v1/account", "/login"] {
            let status = try await Self.curl(
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "-H",
                "Authorization: Bearer \(alice.token)",
                "\(address)\(path)"
            )
            #expect(status.text == "404")
        }
        #expect(try await server.get("/metrics").status == 401)
        #expect(try await server.get("/metrics", token: alice.token).status == 403)
    }

    @Test("Metrics follow a known course")
    func course() async throws {
        let server = try await Server.start(config: Server.plainConfig + "\nmetrics: {listen: \"127.0.0.1:0\"}")
        let line = try #require(server.log.split(separator: "\n").first { $0.contains("metrics on http://") })
        let address = try #require(line.split(separator: " ").last.map(String.init))
        @Sendable func value(_ sample: String) async throws -> Double? {
            let text = try await Self.curl("\(address)/metrics").text
            return text.split(separator: "\n").first { $0.hasPrefix("\(sample) ") }.flatMap {
                Double($0.dropFirst(sample.count + 1))
            }
        }
        let alice = try await server.person("alice")
        try alice.write(String(repeating: "x", count: 100_000), to: "data/x.txt")
        try await alice.succeed("upload", "things", in: "data")
        let sent = try #require(try await value("floydlite_upload_bytes_total"))
        #expect(sent == 100_000)
        try await alice.makeProject("p")
        let good = try await alice.submit("true", in: "p")
        _ = try await alice.job(good, is: "finished")
        let bad = try await alice.submit("false", in: "p")
        _ = try await alice.job(bad, is: "finished")
        let slow = try await alice.submit("until [ -e go ]; do sleep 0.05; done", in: "p")
        _ = try await alice.job(slow, is: "running")
        let follower = try await alice.command(["logs", "-t", slow]).start()
        _ = try await eventually("a follower") { try await value("floydlite_log_followers") == 1 ? true : nil }
        for (sample, expected) in [
            ("floydlite_jobs{state=\"finished\"}", 2.0), ("floydlite_jobs{state=\"running\"}", 1),
            ("floydlite_jobs_ended_total{outcome=\"success\"}", 1),
            ("floydlite_jobs_ended_total{outcome=\"failed\"}", 1),
            ("floydlite_job_duration_seconds_count{outcome=\"failed\"}", 1),
            ("floydlite_job_duration_seconds_bucket{outcome=\"success\",le=\"+Inf\"}", 1),
            ("floydlite_queue_wait_seconds_count", 3), ("floydlite_cpus", 8), ("floydlite_cpus_used", 2),
            ("floydlite_http_request_duration_seconds_count{method=\"POST\",route=\"/api/v1/jobs\",status=\"201\"}", 3),
        ] {
            #expect(try await value(sample) == expected, "\(sample)")
        }
        try server.signal(slow, "go")
        #expect(try await follower.end() == 0)
        _ = try await eventually("no follower") { try await value("floydlite_log_followers") == 0 ? true : nil }
        #expect(try await value("floydlite_cpus_used") == 0)
    }

    @Test("The access log has every request, nothing of what it was about, and goes on in a new file on SIGHUP")
    func accessLog() async throws {
        let path = "\(try Scene.current.folder)/access.log"
        let server = try await Server.start(config: Server.plainConfig + "\naccess_log: \(path)")
        let alice = try await server.person("alice")
        try await alice.makeProject("hidden-project")
        let before = try await server.get("/api/v1/jobs/hidden-job?x=hidden-query", token: alice.token).status
        #expect(before == 400)
        _ = try await server.get("/hidden-path")
        _ = try await server.send(Array("HIDDEN\r\n\r\n".utf8))
        @Sendable func lines(_ path: String, _ count: Int) async throws -> [JSON] {
            try await eventually("\(count) lines in \(path)") {
                let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
                let lines = text.split(separator: "\n")
                guard lines.count >= count, text.hasSuffix("\n") else { return nil }
                #expect(!text.contains("hidden") && !text.contains("HIDDEN") && !text.contains(alice.token))
                return try lines.map { try JSON(Array($0.utf8)) }
            }
        }
        let first = try await lines(path, 5)
        let asked = try #require(first.first { $0["route"]?.string == "/api/v1/jobs/{job}" })
        #expect(
            asked["user"]?.string == "alice" && asked["status"]?.integer == 400
                && asked["client"]?.string == "127.0.0.1"
        )
        #expect(asked["method"]?.string == "GET")
        #expect(first.contains { $0["status"]?.integer == 404 && $0["route"] == nil && $0["user"] == nil })
        #expect(
            first.contains {
                $0["refused"]?.string != nil && $0["status"]?.integer == 501 || $0["status"]?.integer == 400
            }
        )
        try FileManager.default.moveItem(atPath: path, toPath: "\(path).1")
        kill(server.pid, SIGHUP)
        _ = try await eventually("the new file") {
            _ = try await server.get("/healthz")
            return FileManager.default.fileExists(atPath: path) ? true : nil
        }
        #expect(try await lines(path, 1).allSatisfy { $0["route"]?.string == "/healthz" })
        // At the end all of it is there.
        _ = try await server.get("/hidden-last")
        #expect(await server.stop() == 0)
        let rest = try String(contentsOfFile: path, encoding: .utf8)
        #expect(rest.split(separator: "\n").last?.contains("404") == true)
    }
}
