import FloydAPI
import FloydHTTP
import FloydModel
import Foundation
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("Trees")
struct TreeRouteTests {
    private static let version = "/api/v1/dataset-versions/alice%2Fx%2F1"
    private static let code = "/api/v1/jobs/x%2F3/code"

    private func app(_ content: String) throws -> (TestApplication, TemporaryFile) {
        let file = try TemporaryFile(content.utf8)
        let app = try TestApplication()
        app.fake.set { state in
            state.treeFile = file.path
            state.treeBytes = Array(content.utf8)
            state.archive = ["one", "two"]
        }
        return (app, file)
    }

    @Test(
        "are saved, never shown, and each state has its tag",
        arguments: [
            ("\(version)/manifest", "tree of alice/x/1", "\"0abc\"", "x-1.jsonl"),
            ("\(version)/files/a/b%20c", "tree of alice/x/1", "\"cafe\"", "b c"),
            ("\(version)/contents", "tree of alice/x/1", "\"0abc\"", "x-1.contents"),
            ("\(code)/manifest", "code of x/3", "\"0abc\"", "x-1.jsonl"),
            ("\(code)/contents", "code of x/3", "\"0abc\"", "x-1.contents"),
        ]
    )
    func fields(path: String, call: String, tag: String, name: String) async throws {
        let (app, file) = try app("0123456789")
        defer { withExtendedLifetime(file) {} }
        let answer = await app.send(.get, path)
        #expect(answer.status == 200)
        #expect(app.fake.calls.first == call)
        #expect(answer["ETag"] == tag)
        #expect(answer["Accept-Ranges"] == "bytes")
        #expect(answer["X-Content-Type-Options"] == "nosniff")
        #expect(answer["Content-Security-Policy"] == "sandbox; default-src 'none'")
        #expect(answer["Content-Disposition"]?.hasPrefix("attachment; filename=\"\(name)\"") == true)
    }

    @Test(
        "who has this state is told so",
        arguments: [
            ("\"0abc\"", 304), ("*", 304), ("W/\"0abc\"", 304), ("\"x\", \"0abc\"", 304), ("\"x\",W/\"0abc\" ", 304),
            ("\"0ab\"", 200), ("0abc", 200), ("", 200), ("\"0ABC\"", 200),
        ],
        ["\(version)/manifest", "\(code)/contents"]
    )
    func ifNoneMatch(field: (String, Int), path: String) async throws {
        let (app, file) = try app("0123456789")
        defer { withExtendedLifetime(file) {} }
        let answer = await app.send(.get, path, [.ifNoneMatch: field.0, .range: "bytes=0-1"])
        #expect(answer.status == (field.1 == 304 ? 304 : 206))
        #expect(answer["ETag"] == "\"0abc\"")
        if field.1 == 304 {
            guard case .none = answer.response.body else { return #expect(Bool(false)) }
        }
    }

    @Test(
        "a range that depends on a state is honoured in that state",
        arguments: [
            ("\"0abc\"", 206), (" \"0abc\" ", 206), ("W/\"0abc\"", 200), ("\"x\"", 200),
            ("Sun, 22 Nov 2026 00:00:00 GMT", 200), ("*", 200),
        ],
        ["\(version)/manifest", "\(version)/contents"]
    )
    func ifRange(field: (String, Int), path: String) async throws {
        let (app, file) = try app("0123456789")
        defer { withExtendedLifetime(file) {} }
        let answer = await app.send(.get, path, [.ifRange: field.0, .range: "bytes=3-5"])
        #expect(answer.status == field.1)
        #expect(answer["Content-Range"] == (field.1 == 206 ? "bytes 3-5/10" : nil))
    }

    @Test("contents behind the end are told their length, and nothing is opened")
    func unsatisfiable() async throws {
        let (app, file) = try app("0123456789")
        defer { withExtendedLifetime(file) {} }
        let answer = await app.send(.get, "\(Self.version)/contents", [.range: "bytes=10-"])
        #expect(answer.status == 416)
        #expect(answer["Content-Range"] == "bytes */10")
        #expect(app.fake.calls == ["tree of alice/x/1"])
    }

    @Test("nothing of a HEAD's content is opened")
    func head() async throws {
        let (app, file) = try app("0123456789")
        defer { withExtendedLifetime(file) {} }
        let answer = await app.send(.head, "\(Self.version)/contents")
        #expect(answer.status == 200)
        #expect(app.fake.calls == ["tree of alice/x/1"])
        guard case .stream(length: 10, _) = answer.response.body else { return #expect(Bool(false)) }
    }

    @Test(
        "paths out of a tree are refused before anything is looked for",
        arguments: ["../x", "%2e%2e/x", "a%2Fb", "a//b"]
    )
    func traversal(path: String) async throws {
        let (app, file) = try app("x")
        defer { withExtendedLifetime(file) {} }
        let answer = await app.send(.get, "\(Self.version)/files/\(path)")
        #expect(answer.status == 400)
        #expect(!app.fake.calls.contains { $0.hasPrefix("file ") })
    }

    @Test("nothing is for strangers", arguments: ["manifest", "contents", "files/a", "archive.tar", "archive.zip"])
    func strangers(path: String) async throws {
        let (app, file) = try app("x")
        defer { withExtendedLifetime(file) {} }
        for base in [Self.version, Self.code] {
            #expect(await app.send(.get, "\(base)/\(path)", token: nil).status == 401)
        }
        #expect(app.fake.calls.isEmpty)
    }

    @Test(
        "archives are streams to be saved",
        arguments: [
            ("\(version)/archive.tar", "application/x-tar", "x-1.tar"),
            ("\(code)/archive.zip", "application/zip", "x-1.zip"),
            ("/api/v1/jobs/x/output.tar", "application/x-tar", "x-3-output.tar"),
            ("/api/v1/jobs/x/output.zip", "application/zip", "x-3-output.zip"),
        ]
    )
    func archives(path: String, type: String, name: String) async throws {
        let (app, file) = try app("x")
        defer { withExtendedLifetime(file) {} }
        let answer = await app.send(.get, path)
        #expect(answer.status == 200)
        #expect(answer["Content-Type"] == type)
        #expect(answer["Content-Disposition"]?.contains("\"\(name)\"") == true)
        #expect(answer["Accept-Ranges"] == "none")
        #expect(answer["X-Content-Type-Options"] == "nosniff")
        guard case .stream(length: nil, _) = answer.response.body else { return #expect(Bool(false)) }
    }

    @Test("a job's file is resumed only while it is what it was")
    func outputs() async throws {
        let (app, file) = try app("0123456789")
        app.fake.set { state in
            state.outputFiles = ["model": file.path]
            state.outputValidator = "v1"
        }
        let path = "/api/v1/jobs/x/output/model"
        #expect(await app.send(.get, path)["ETag"] == "\"v1\"")
        let resumed = await app.send(.get, path, [.range: "bytes=5-", .ifRange: "\"v1\""])
        #expect(resumed.status == 206)
        let other = await app.send(.get, path, [.range: "bytes=5-", .ifRange: "\"v0\""])
        #expect(other.status == 200)
        #expect(await app.send(.get, path, [.ifNoneMatch: "\"v1\""]).status == 304)
        withExtendedLifetime(file) {}
    }
}
