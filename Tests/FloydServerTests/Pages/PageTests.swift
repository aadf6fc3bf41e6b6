import FloydAPI
import FloydCore
import FloydModel
import Foundation
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("Pages")
struct PageTests {
    private static let hostile = "<script>alert(1)</script>"
    /// Characters that join with what stands beside them to one grapheme cluster.
    private static let joined = "\u{0600}<script>\u{0600}\"\u{0301}onload=\u{0600}'\u{0301}x\u{0600}&lt;"

    private func get(_ path: String, _ app: TestApplication, as user: String = "alice") async -> Answer {
        await app.send(.get, path, token: nil, cookie: "\(user)-token")
    }

    @Test("allow nothing that isn't the server's own", arguments: ["/", "/jobs/x", "/jobs/x?log=no"])
    func headers(path: String) async throws {
        let app = try TestApplication()
        app.fake.set { $0.jobs = [.test()] }
        let answer = await get(path, app)
        #expect(answer.status == 200)
        let policy = try #require(answer["Content-Security-Policy"])
        for rule in [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'",
            "form-action 'self'",
        ] {
            #expect(policy.contains(rule))
        }
        #expect(!policy.contains("unsafe"))
        #expect(answer["X-Content-Type-Options"] == "nosniff")
        #expect(answer["Referrer-Policy"] == "same-origin")
        #expect(answer["Cache-Control"] == "no-store")
        // One script, by reference; no style and no handler in the page.
        #expect(answer.text.components(separatedBy: "<script").count == 2)
        #expect(!answer.text.contains(" style=") && !answer.text.contains("onclick"))
    }

    @Test("show the queue, of others' private jobs only owner and state")
    func queue() async throws {
        let app = try TestApplication()
        app.fake.set { state in
            let job = JobResponse.test(.queued, reason: "waits for 1 GPU")
            state.queue = [
                QueueEntry(owner: Account.test("alice").name, state: .queued, instanceType: "gpu", job: job),
                QueueEntry(owner: Account.test("bob").name, state: .running, instanceType: "cpu", job: nil),
            ]
        }
        let text = await get("/", app).text
        #expect(text.contains(#"href="/jobs/\#(ObjectID.fixed)""#))
        #expect(text.contains("waits for 1 GPU"))
        #expect(text.contains("1 min 04 s"))
        #expect(text.contains("private job"))
        #expect(text.contains("bob"))
        #expect(text.contains("8 CPUs, 64 GB, 2 GPUs"))
        let row = try #require(text.components(separatedBy: "private job").last?.components(separatedBy: "</li>").first)
        #expect(!row.contains("python") && !row.contains("/jobs/"))
    }

    @Test("say what to type where there is nothing")
    func empty() async throws {
        let text = await get("/", try TestApplication()).text
        #expect(text.contains("Nothing runs or waits."))
        #expect(text.contains("floydlite run --env keras \"python main.py\""))
    }

    @Test("nothing of a job is markup", arguments: [hostile, joined])
    func escaping(text: String) async throws {
        let app = try TestApplication()
        let file = try TemporaryFile("x\n".utf8)
        app.fake.set { state in
            var job = JobResponse.test(
                .running,
                name: "alice/projects/\(text)/3",
                command: text,
                reason: text,
                message: text
            )
            job.environment = text
            job.data = [.init(source: text, id: .fixed, path: text)]
            state.jobs = [job]
            state.queue = [QueueEntry(owner: Account.test("alice").name, state: .running, instanceType: text, job: job)]
            state.output = [.init(path: text, type: "file", size: 1, modified: .fixed)]
            state.logFile = file.path
            state.logEvents = [
                [.attempt(1), .log([.test(text), .test(text, "stderr"), .test(text, partial: true)], offset: 2)],
                [.end(job)],
            ]
        }
        for path in ["/", "/jobs/x"] {
            let page = await get(path, app).text
            // Byte for byte: a search for characters would overlook those that are joined with others.
            let bytes = Array(page.utf8)
            func occurrences(_ needle: String) -> Int {
                let needle = Array(needle.utf8)
                return bytes.indices.count { bytes[$0...].starts(with: needle) }
            }
            #expect(occurrences("<script") == 1, "the page's own")
            #expect(occurrences("\"\u{0301}onload") == 0)
            #expect(occurrences("'\u{0301}x") == 0)
            #expect(occurrences("&lt;script&gt;") > 3)
        }
    }

    @Test("show a job with its data, its results and its log")
    func job() async throws {
        let app = try TestApplication()
        let file = try TemporaryFile("x\n".utf8)
        app.fake.set { state in
            var job = JobResponse.test(.finished, outcome: .failed, reason: "the command exited with 1")
            job.data = [.init(source: "alice/datasets/modelnet/1", id: .fixed, path: "/input")]
            state.jobs = [job]
            state.output = [
                .init(path: "a b/c.h5", type: "file", size: 1_234_567, modified: .fixed),
                .init(path: "a b", type: "dir", size: 0, modified: .fixed),
                .init(path: "link", type: "link", size: 0, modified: .fixed),
            ]
            state.logFile = file.path
            state.logEvents = [
                [
                    .job(job), .attempt(1),
                    .log([.test("10%\r20%"), .test("\u{1b}[31mred\u{1b}[0m", "stderr")], offset: 2),
                ],
                [.end(job)],
            ]
        }
        let text = await get("/jobs/x", app).text
        for part in [
            "classify-modelnet/3", "failed", "the command exited with 1", "exit code 1", "3 min 16 s", "python main.py",
            "alice/datasets/modelnet/1", "1.2 MB", "/api/v1/jobs/\(ObjectID.fixed)/output/a%20b/c.h5\" download",
            "1 file, 1.2 MB", "/api/v1/jobs/\(ObjectID.fixed)/output.tar\" download",
            "/api/v1/jobs/\(ObjectID.fixed)/code/archive.zip\" download",
            #"<span class="stdout">20%"#, #"<span class="stderr">red"#,
            #"<time datetime="2026-11-22T12:00:00.000Z">2026-11-22 12:00 UTC"#,
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains("data-stream"), "nobody follows a job that has ended")
        #expect(!text.contains("/stop"))
    }

    @Test("lead the script to where the page ends")
    func live() async throws {
        let app = try TestApplication()
        let file = try TemporaryFile("x\n".utf8)
        app.fake.set { state in
            state.jobs = [.test()]
            state.logFile = file.path
            state.logEvents = [
                [.attempt(1), .log([.test("a"), .test("50%", partial: true)], offset: 4711)], [.end(.test())],
            ]
        }
        let text = await get("/jobs/x", app).text
        #expect(text.contains(#"data-stream="/api/v1/jobs/\#(ObjectID.fixed)/log/stream" data-position="1-4711""#))
        #expect(text.contains(#"<span class="stdout open" data-stream="stdout" data-cursor="3">50%</span>"#))
        #expect(text.contains(#"action="/jobs/\#(ObjectID.fixed)/stop""#))
        let others = await get("/jobs/x", app, as: "bob").text
        #expect(!others.contains("/stop"))
        #expect(await get("/jobs/x", app, as: "root").text.contains("/stop"))
    }

    @Test("stop a job, also one that has ended meanwhile")
    func stop() async throws {
        let app = try TestApplication()
        for failure in [nil, FloydError(.conflict, "the job has ended")] {
            app.fake.set { $0.failure = failure }
            let answer = await app.send(
                .post,
                "/jobs/x/stop",
                token: nil,
                cookie: "alice-token",
                [.secFetchSite: "same-origin"]
            )
            #expect(answer.status == 303)
            #expect(answer["Location"] == "/jobs/x")
        }
        #expect(app.fake.calls == ["stop x", "stop x"])
        let forged = await app.send(
            .post,
            "/jobs/x/stop",
            token: nil,
            cookie: "alice-token",
            [.origin: "http://evil.example"]
        )
        #expect(forged.status == 403)
        #expect(app.fake.calls.count == 2)
    }

    @Test("stop a job at once")
    func stopNow() async throws {
        let app = try TestApplication()
        func press(_ body: String) async -> Int {
            await app.send(
                .post,
                "/jobs/x/stop",
                token: nil,
                cookie: "alice-token",
                [.secFetchSite: "same-origin"],
                body: body,
                type: "application/x-www-form-urlencoded"
            ).status
        }
        #expect(await press("grace=0") == 303)
        #expect(await press("") == 303)
        #expect(await press("grace=-1") == 400)
        #expect(app.fake.calls == ["stop x grace 0", "stop x"])
    }

    @Test("show a job's attempts, limits and retries")
    func attempts() async throws {
        let app = try TestApplication()
        app.fake.set { state in
            var job = JobResponse.test()
            job.attempt = 2
            job.retries = 3
            job.duration = 65.4
            job.limits = LimitsResponse(
                memory: 8_000_000_000,
                processes: 1,
                openFiles: 65_536,
                disk: nil,
                enforcement: "cgroup2"
            )
            var first = AttemptResponse(number: 1, outcome: .failed, exitCode: 137, claimed: .fixed, started: .fixed)
            first.reason = "out of memory: 8.1 of 8 GiB"
            first.duration = 3.2
            job.attempts = [first, AttemptResponse(number: 2, claimed: .fixed + 60)]
            state.jobs = [job]
        }
        let text = await get("/jobs/x", app).text
        for part in [
            "Attempts", #"<span class="badge bad">failed</span> exit code 137"#, "out of memory: 8.1 of 8 GiB",
            #"3 s · <a href="/api/v1/jobs/\#(ObjectID.fixed)/log?attempt=1" download>"#,
            #"<span class="badge busy">running</span>"#, "8 GB of memory, 1 process, 65536 open files",
            "cgroup v2", #"data-elapsed="65">1 min 05 s"#, #"name="grace" value="0""#,
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test("a clock that was set back makes no time negative")
    func clock() async throws {
        let app = try TestApplication()
        app.fake.set { state in
            var job = JobResponse.test()
            job.started = .fixed + 9000
            state.jobs = [job]
        }
        #expect(await get("/jobs/x", app).text.contains(#"data-elapsed="0">0 s"#))
    }

    @Test("errors are pages")
    func errors() async throws {
        let answer = await get("/jobs/%3Cb%3E", try TestApplication())
        #expect(answer.status == 400)
        #expect(answer["Content-Type"] == "text/html; charset=utf-8")
        #expect(answer.text.contains("&lt;b&gt;"))
        #expect(await get("/jobs/x", try TestApplication()).status == 404)
    }

    @Test("their files never change under one address", arguments: [Asset.style, Asset.script, Asset.icon])
    func assets(asset: Asset) async throws {
        let app = try TestApplication()
        let answer = await app.send(.get, asset.href, token: nil)
        #expect(answer.status == 200)
        #expect(answer["Cache-Control"]?.contains("immutable") == true)
        #expect(asset.href.hasPrefix("\(asset.path)?v="))
    }
}
