import FloydAPI
import FloydModel
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("Jobs")
struct JobRouteTests {
    private static let code = ObjectID.fixed
    private static let small = #"{"project":"x","code":"\#(code)","command":"python main.py"}"#

    @Test("are submitted, shown and stopped")
    func life() async throws {
        let app = try TestApplication()
        app.fake.set { $0.jobs = [.test()] }
        let answer = await app.json(.post, "/api/v1/jobs", Self.small)
        #expect(answer.status == 201)
        #expect(answer["Location"] == "/api/v1/jobs/\(ObjectID.fixed)")
        #expect(try answer.decode(JobResponse.self).command == "python main.py")
        #expect(await app.send(.get, "/api/v1/jobs/alice%2Fx%2F3").status == 200)
        #expect(await app.send(.post, "/api/v1/jobs/alice%2Fx%2F3/stop").status == 202)
        #expect(app.fake.calls == ["submit x python main.py []", "job alice/x/3", "stop alice/x/3"])
    }

    @Test("all that a job may say is taken, null is absence")
    func full() async throws {
        let app = try TestApplication()
        let body = """
            {"project":"x","code":"\(Self.code)","command":"c","environment":"keras","instance_type":"gpu",\
            "data":[{"source":"a/b/1","mount":"m"},{"source":"d","mount":null}],"message":null,"max_runtime":60}
            """
        #expect(await app.json(.post, "/api/v1/jobs", body).status == 201)
        #expect(app.fake.calls == [#"submit x c ["a/b/1", "d"]"#])
    }

    @Test(
        "bodies of the wrong shape are refused with the field's name",
        arguments: [
            ("/api/v1/jobs", #"{"code":"\#(code)","command":"c"}"#, ["project"]),
            ("/api/v1/jobs", #"{"project":"../x","code":"\#(code)","command":"c"}"#, ["project"]),
            ("/api/v1/jobs", #"{"project":"x","code":"y","command":7}"#, ["code", "command"]),
            ("/api/v1/jobs", #"{"project":"x","code":"\#(code)","command":null}"#, ["command"]),
            ("/api/v1/jobs", #"{"project":"x","code":"\#(code)","command":"c","gpu":true}"#, ["gpu"]),
            ("/api/v1/jobs", #"{"project":"x","code":"\#(code)","command":"c","data":"d"}"#, ["data"]),
            (
                "/api/v1/jobs",
                #"{"project":"x","code":"\#(code)","command":"c","data":[{"source":"d"},{"mount":1,"x":2}]}"#,
                ["data[1].source", "data[1].mount", "data[1].x"]
            ),
            ("/api/v1/jobs", #"{"project":"x","code":"\#(code)","command":"c","max_runtime":1.5}"#, ["max_runtime"]),
            ("/api/v1/jobs", #"{"project":"x","code":"\#(code)","command":"c","max_runtime":"60"}"#, ["max_runtime"]),
            ("/api/v1/projects", #"{"name":1}"#, ["name"]), ("/api/v1/projects", #"{"Name":"x"}"#, ["name", "Name"]),
            ("/api/v1/projects", #"{"name":"a/b"}"#, ["name"]), ("/api/v1/datasets", "{}", ["name"]),
            ("/api/v1/datasets", #"{"name":"\#(String(repeating: "x", count: 300))"}"#, ["name"]),
            ("/api/v1/datasets/x/versions", #"{"upload":[]}"#, ["upload"]),
            ("/api/v1/datasets/x/versions", #"{"upload":"\#(code)","message":["m"]}"#, ["message"]),
        ]
    )
    func wrongShape(path: String, body: String, fields: [String]) async throws {
        let app = try TestApplication()
        let answer = await app.json(.post, path, body)
        #expect(answer.status == 400)
        #expect(answer.problem?.code == .invalidRequest)
        #expect(answer.problem?.fields?.map(\.name) == fields)
        #expect(app.fake.calls.isEmpty)
    }

    @Test(
        "what isn't a JSON object is refused",
        arguments: ["", "{", "[]", "null", "\"x\"", "{}{}", "{\"project\":\"\u{0}\"}", "\u{FEFF}{", "nan"],
        ["/api/v1/jobs", "/api/v1/projects", "/api/v1/datasets", "/api/v1/datasets/x/versions"]
    )
    func noObject(body: String, path: String) async throws {
        let app = try TestApplication()
        #expect(await app.json(.post, path, body).status == 400)
        #expect(app.fake.calls.isEmpty)
    }

    @Test("deep nesting and invalid UTF-8 harm nobody")
    func hostile() async throws {
        let app = try TestApplication()
        let deep = String(repeating: "[", count: 100_000)
        #expect(await app.json(.post, "/api/v1/jobs", "{\"data\":\(deep)").status == 400)
        #expect(await app.json(.post, "/api/v1/jobs", String(repeating: "{\"a\":", count: 50_000)).status == 400)
    }

    @Test("JSON has to be called so, and is limited")
    func mediaType() async throws {
        let app = try TestApplication()
        #expect(await app.send(.post, "/api/v1/jobs", body: Self.small).status == 415)
        #expect(await app.send(.post, "/api/v1/jobs", body: Self.small, type: "text/plain").status == 415)
        let type = "Application/JSON; charset=utf-8"
        #expect(await app.send(.post, "/api/v1/jobs", body: Self.small, type: type).status == 201)
        let large = #"{"message":"\#(String(repeating: "x", count: 1_100_000))"}"#
        #expect(await app.json(.post, "/api/v1/jobs", large).status == 413)
    }
}
