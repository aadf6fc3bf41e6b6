import FloydAPI
import FloydHTTP
import FloydModel
import Foundation
import HTTPTypes
import Synchronization
import Testing

@testable import FloydServer

@Suite("Files")
struct FileRouteTests {
    private static let missing = "/api/v1/uploads/\(ObjectID.fixed)/missing"

    private func app(_ content: String) throws -> (TestApplication, TemporaryFile) {
        let file = try TemporaryFile(content.utf8)
        let app = try TestApplication()
        app.fake.set { state in
            state.logFile = file.path
            state.missingFile = file.path
            state.outputFiles = ["model.h5": file.path, "a b/ü\".html": file.path]
        }
        return (app, file)
    }

    private func region(_ answer: Answer) -> FileRegion? {
        if case .file(let region) = answer.response.body { region } else { nil }
    }

    @Test(
        "are sent whole, as attachments that nothing of runs",
        arguments: ["/api/v1/jobs/x/output/model.h5", "/api/v1/jobs/x/log"]
    )
    func hostile(path: String) async throws {
        let (app, file) = try app("0123456789")
        defer { withExtendedLifetime(file) {} }
        let answer = await app.send(.get, path)
        #expect(answer.status == 200)
        #expect(region(answer)?.length == 10)
        #expect(answer["X-Content-Type-Options"] == "nosniff")
        #expect(answer["Content-Security-Policy"] == "sandbox; default-src 'none'")
        #expect(answer["Content-Disposition"]?.hasPrefix("attachment; ") == true)
        #expect(answer["Accept-Ranges"] == "bytes")
    }

    @Test(
        "are sent in part",
        arguments: [
            ("bytes=2-4", 206, "bytes 2-4/10", 2, 3), ("bytes=-3", 206, "bytes 7-9/10", 7, 3),
            ("bytes=5-", 206, "bytes 5-9/10", 5, 5), ("bytes=5-99", 206, "bytes 5-9/10", 5, 5),
            ("bytes=0-1,3-4", 200, nil, 0, 10), ("lines=1-2", 200, nil, 0, 10),
        ] as [(String, Int, String?, Int64, Int64)],
        ["/api/v1/jobs/x/output/model.h5", "/api/v1/jobs/x/log", missing]
    )
    func ranges(range: (String, Int, String?, Int64, Int64), path: String) async throws {
        let (app, file) = try app("0123456789")
        defer { withExtendedLifetime(file) {} }
        let answer = await app.send(.get, path, [.range: range.0])
        #expect(answer.status == range.1)
        #expect(answer["Content-Range"] == range.2)
        #expect(region(answer)?.offset == range.3)
        #expect(region(answer)?.length == range.4)
    }

    @Test("a range behind the end is told the length")
    func unsatisfiable() async throws {
        let (app, file) = try app("0123456789")
        defer { withExtendedLifetime(file) {} }
        let answer = await app.send(.get, "/api/v1/jobs/x/log", [.range: "bytes=10-"])
        #expect(answer.status == 416)
        #expect(answer["Content-Range"] == "bytes */10")
        #expect(answer.problem?.code == .rangeNotSatisfiable)
    }

    @Test("a range that depends on a validator is not honoured: there are none")
    func ifRange() async throws {
        let (app, file) = try app("0123456789")
        defer { withExtendedLifetime(file) {} }
        let answer = await app.send(.get, "/api/v1/jobs/x/log", [.range: "bytes=1-2", .ifRange: "\"etag\""])
        #expect(answer.status == 200)
    }

    @Test("the name of a result reaches the browser whole and harmless")
    func disposition() async throws {
        let (app, file) = try app("x")
        defer { withExtendedLifetime(file) {} }
        let answer = await app.send(.get, "/api/v1/jobs/x/output/a%20b/%C3%BC%22.html")
        #expect(answer.status == 200)
        #expect(answer["Content-Type"] == "application/octet-stream")
        #expect(answer["Content-Disposition"] == "attachment; filename=\"__.html\"; filename*=UTF-8''%C3%BC%22.html")
        #expect(app.fake.calls == ["open a b/ü\".html x"])
    }

    @Test(
        "paths out of the results are refused before anything is opened",
        arguments: [
            "../x", "%2e%2e/x", "a/../../x", "a/%2E%2E/x", "..%2fx", "%2Fetc%2Fpasswd", "a%2Fb", "/etc/passwd", "a//b",
            "a/", "%00",
            "a%00.txt", "%C0%AE%C0%AE/x", ".", "a/./b",
        ]
    )
    func traversal(path: String) async throws {
        let (app, file) = try app("x")
        defer { withExtendedLifetime(file) {} }
        let answer = await app.send(.get, "/api/v1/jobs/x/output/\(path)")
        #expect(answer.status == 400)
        #expect(app.fake.calls.isEmpty)
    }

    @Test("an encoded escape is a name like any other, for the service to miss", arguments: ["%252e%252e", "..%5Cx"])
    func doubleEncoding(path: String) async throws {
        let (app, file) = try app("x")
        defer { withExtendedLifetime(file) {} }
        #expect(await app.send(.get, "/api/v1/jobs/x/output/\(path)").status == 404)
    }

    @Test("a log that there isn't yet is empty")
    func noLog() async throws {
        let answer = await (try TestApplication()).send(.get, "/api/v1/jobs/x/log")
        #expect(answer.status == 200)
        #expect(answer.bytes.isEmpty)
    }

    @Test("a log is that of the attempt asked for")
    func attempt() async throws {
        let app = try TestApplication()
        #expect(await app.send(.get, "/api/v1/jobs/x/log?attempt=2").status == 200)
        #expect(app.fake.calls == ["file x attempt 2"])
        #expect(await app.send(.get, "/api/v1/jobs/x/log?attempt=0").status == 400)
    }

    @Test("a log with a gap is sent with a line for it, and not in parts")
    func gap() async throws {
        let time = "2026-11-22T12:00:00.123456789Z"
        let file = try TemporaryFile("\(time) stdout F one\n".utf8)
        let handle = try #require(FileHandle(forWritingAtPath: file.path))
        // A hole, and the end of a record that was cut by it.
        try handle.seek(toOffset: 1 << 20)
        try handle.write(contentsOf: Data("of a line\n\(time) stderr P two\n".utf8))
        try handle.close()
        let log = try #require(try await GappedLog.open(file.path))
        var text = ""
        try await log.send { text += String(decoding: $0, as: UTF8.self) }
        let lines = text.components(separatedBy: "\n")
        #expect(lines.count == 4)
        #expect(lines[0] == "\(time) stdout F one" && lines[2] == "\(time) stderr P two")
        #expect(lines[1].hasPrefix("\(time) stdout F:floyd 1023.9 KiB of the log are not kept"))
        let app = try TestApplication()
        app.fake.set { $0.logFile = file.path }
        let answer = await app.send(.get, "/api/v1/jobs/x/log", [.range: "bytes=0-3"])
        #expect(answer.status == 200)
        #expect(answer["Accept-Ranges"] == nil)
        withExtendedLifetime(file) {}
    }
}
