import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("Metrics")
struct MetricsTests {
    private static func read(_ app: TestApplication) async throws -> ParsedExposition {
        let answer = await app.send(.get, "/metrics", token: "root-token")
        try #require(answer.status == 200)
        #expect(answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        return try ParsedExposition(answer.text)
    }

    @Test("are for administrators")
    func access() async throws {
        let app = try TestApplication()
        #expect(await app.send(.get, "/metrics", token: nil).status == 401)
        #expect(await app.send(.get, "/metrics", token: "alice-token").status == 403)
        #expect(app.fake.calls.isEmpty)
        _ = try await Self.read(app)
    }

    @Test("have a listener without a login, which answers nothing else")
    func listener() async throws {
        let app = try TestApplication()
        func ask(_ method: HTTPRequest.Method, _ path: String) async -> Answer {
            let head = HTTPRequest(method: method, scheme: "http", authority: "x", path: path)
            let request = HTTPServerRequest(
                head: head,
                body: HTTPRequestBody(content: []),
                peer: .tcp(ip: "127.0.0.1", port: 1)
            )
            return Answer(await app.application.handleMetrics(request))
        }
        let answer = await ask(.get, "/metrics")
        #expect(answer.status == 200)
        #expect(try ParsedExposition(answer.text).value("floydlite_build_info", ["version": "1.2.3"]) == 1)
        #expect(await ask(.head, "/metrics").status == 200)
        #expect(await ask(.get, "/healthz").text == #"{"status":"ok"}"#)
        #expect(await ask(.post, "/metrics").status == 405)
        for path in ["/", "/api/v1/jobs", "/login", "/metrics/", "/healthz/x"] {
            #expect(await ask(.get, path).status == 404, "\(path)")
        }
    }

    @Test("say what the services count")
    func sample() async throws {
        let app = try TestApplication()
        app.fake.set { state in
            state.sample.jobs = [.queued: 3, .running: 2, .finished: 100_000]
            state.sample.endedJobs = [.success: 7]
            state.sample.queueWaits.record(0.2)
            state.sample.queueWaits.record(7)
            state.sample.jobDurations[.failed] = {
                var histogram = Histogram(bounds: Histogram.jobSeconds)
                histogram.record(1_000_000)
                return histogram
            }()
            state.sample.total = Resources(cpus: 8, memory: 1 << 40, gpus: 2)
            state.sample.used = Resources(cpus: 6, memory: 1 << 30, gpus: 1)
            state.sample.storeBytes = 123_456_789_012
            state.sample.diskFree = 5
            state.sample.diskReserve = 6
            state.sample.waitingWrites = 9
            state.sample.process = .init(
                cpuSeconds: 1.25,
                startTime: 1_763_000_000.5,
                virtualMemory: 1,
                residentMemory: 2,
                threads: 3,
                openDescriptors: 4,
                maximumDescriptors: 1024
            )
        }
        let text = try await Self.read(app)
        let expected: [(String, [String: String], Double)] = [
            ("floydlite_jobs", ["state": "queued"], 3), ("floydlite_jobs", ["state": "finished"], 100_000),
            ("floydlite_jobs", ["state": "stopping"], 0), ("floydlite_jobs_ended_total", ["outcome": "success"], 7),
            ("floydlite_queue_wait_seconds_bucket", ["le": "0.1"], 0),
            ("floydlite_queue_wait_seconds_bucket", ["le": "0.5"], 1),
            ("floydlite_queue_wait_seconds_bucket", ["le": "15"], 2), ("floydlite_queue_wait_seconds_sum", [:], 7.2),
            ("floydlite_job_duration_seconds_bucket", ["outcome": "failed", "le": "604800"], 0),
            ("floydlite_job_duration_seconds_bucket", ["outcome": "failed", "le": "+Inf"], 1),
            ("floydlite_job_duration_seconds_count", ["outcome": "lost"], 0), ("floydlite_cpus", [:], 8),
            ("floydlite_cpus_used", [:], 6), ("floydlite_gpus", [:], 2), ("floydlite_gpus_used", [:], 1),
            ("floydlite_memory_bytes", [:], 1_099_511_627_776), ("floydlite_memory_used_bytes", [:], 1_073_741_824),
            ("floydlite_store_bytes", [:], 123_456_789_012), ("floydlite_disk_free_bytes", [:], 5),
            ("floydlite_disk_reserve_bytes", [:], 6), ("floydlite_database_waiting_writes", [:], 9),
            ("process_cpu_seconds_total", [:], 1.25), ("process_start_time_seconds", [:], 1_763_000_000.5),
            ("process_open_fds", [:], 4), ("process_max_fds", [:], 1024),
        ]
        for (name, labels, value) in expected { #expect(text.value(name, labels) == value, "\(name) \(labels)") }
        // Nobody knows the disk's size here.
        #expect(text.value("floydlite_disk_size_bytes") == nil)
    }

    @Test("count requests by route, method and status, and what no route fits as one")
    func requests() async throws {
        let app = try TestApplication()
        let requests = app.application.requests
        func finish(_ method: String, _ path: String, _ status: Int, _ duration: Duration) async {
            requests.began()
            let answer = await app.send(HTTPRequest.Method(method) ?? .get, path)
            requests.finished(
                .init(
                    method: method,
                    target: path,
                    status: status,
                    bytesReceived: 1,
                    bytesSent: 2,
                    duration: duration,
                    peer: .tcp(ip: "::1", port: 1),
                    isIncomplete: false,
                    annotation: answer.response.annotation
                ),
                (answer.response.annotation as? RequestNote)?.route
            )
        }
        await finish("GET", "/api/v1/jobs/alice%2Fsecret%2F1", 200, .microseconds(300))
        await finish("GET", "/api/v1/jobs/other", 200, .milliseconds(20))
        await finish("GET", "/api/v1/jobs/other", 404, .milliseconds(20))
        await finish("GET", "/nothing/here", 404, .milliseconds(1))
        await finish("BREW", "/nothing/there", 404, .seconds(100))
        await finish("GET", "/healthz", 299, .seconds(1))
        requests.began()
        requests.refused(431)
        requests.refused(431)
        requests.refused(400)
        requests.acceptFailed()
        requests.uploaded.add(1 << 40)
        requests.followers.add(5)
        requests.watch("main") { 17 }
        let text = try await Self.read(app)
        let family = "floydlite_http_request_duration_seconds"
        let job = ["method": "GET", "route": "/api/v1/jobs/{job}", "status": "200"]
        #expect(text.value("\(family)_count", job) == 2)
        #expect(abs((text.value("\(family)_sum", job) ?? 0) - 0.0203) < 1e-9)
        #expect(text.value("\(family)_bucket", job.merging(["le": "0.0005"]) { $1 }) == 1)
        #expect(text.value("\(family)_bucket", job.merging(["le": "0.025"]) { $1 }) == 2)
        #expect(text.value("\(family)_count", job.merging(["status": "404"]) { $1 }) == 1)
        #expect(text.value("\(family)_count", ["method": "GET", "route": "none", "status": "404"]) == 1)
        #expect(text.value("\(family)_bucket", ["method": "other", "route": "none", "le": "+Inf"]) == 1)
        #expect(text.value("\(family)_bucket", ["method": "other", "route": "none", "le": "60"]) == 0)
        #expect(text.value("\(family)_count", ["route": "/healthz", "status": "500"]) == 1)
        #expect(text.value("floydlite_http_requests_in_flight") == 1)
        #expect(text.value("floydlite_http_refused_requests_total", ["status": "431"]) == 2)
        #expect(text.value("floydlite_http_refused_requests_total", ["status": "400"]) == 1)
        #expect(text.value("floydlite_http_failed_accepts_total") == 1)
        #expect(text.value("floydlite_http_connections", ["listener": "main"]) == 17)
        #expect(text.value("floydlite_log_followers") == 5)
        #expect(text.value("floydlite_upload_bytes_total") == 1_099_511_627_776)
    }

    @Test("what is uploaded is counted while it comes")
    func uploads() async throws {
        let app = try TestApplication()
        _ = await app.send(
            .patch,
            "/api/v1/uploads/\(ObjectID.fixed)",
            [.tusResumable: "1.0.0", .uploadOffset: "0"],
            body: "12345",
            type: "application/offset+octet-stream"
        )
        #expect(app.application.requests.uploaded.value == 5)
    }

    @Test("labels and help are escaped, numbers written as they read back")
    func escaping() throws {
        var exposition = Exposition()
        exposition.begin("a", .gauge, "back\\slash\nline \"quoted\"")
        exposition.sample([("x", "back\\slash\nline \"quoted\"")], 0.1)
        let text = exposition.text
        #expect(
            text.hasPrefix(
                "# HELP a back\\\\slash\\nline \"quoted\"\n# TYPE a gauge\na{x=\"back\\\\slash\\nline \\\"quoted\\\"\"} 0.1\n"
            )
        )
        let sample = try #require(try ParsedExposition(text).families.first?.samples.first)
        #expect(sample.labels["x"] == "back\\slash\nline \"quoted\"")
        #expect(Exposition.number(1e20) == "1e+20" && Exposition.number(.infinity) == "+Inf")
        #expect(Exposition.number(1_763_000_000.25) == "1763000000.25" && Exposition.number(-3) == "-3")
    }

    @Test(
        "the parser of this test takes nothing else",
        arguments: [
            "a 1\n", "# HELP a x\na 1\n", "# HELP a x\n# TYPE a gauge\na 1", "# HELP a x\n# TYPE a gauge\nb 1\n",
            "# HELP a x\n# TYPE a gauge\na 1\na 1\n", "# HELP a x\n# TYPE a counter\na 1\n",
            "# HELP a x\n# TYPE a gauge\na{b=\"\\x\"} 1\n", "# HELP a x\n# TYPE a gauge\na{b=c} 1\n",
            "# HELP a x\n# TYPE a gauge\na  1\n", "# HELP a x\n# TYPE a gauge\na one\n",
            "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
            "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
        ]
    )
    func strict(text: String) {
        #expect(throws: ParsedExposition.Failure.self) { try ParsedExposition(text) }
    }
}
