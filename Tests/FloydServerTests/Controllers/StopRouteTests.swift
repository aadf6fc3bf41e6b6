import FloydAPI
import FloydModel
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("Stopping over HTTP")
struct StopRouteTests {
    @Test(
        "takes a grace period, or nothing at all",
        arguments: [
            ("", ""), ("{}", ""), (#"{"grace":null}"#, ""), (#"{"grace":0}"#, " grace 0"),
            (#"{"grace":86400}"#, " grace 86400"),
        ] as [(String, String)]
    )
    func grace(body: String, call: String) async throws {
        let app = try TestApplication()
        for path in ["/api/v1/jobs/x/stop", "/api/v1/projects/x/stop"] {
            let answer = await app.json(.post, path, body)
            #expect(answer.status == 202)
        }
        #expect(app.fake.calls == ["stop x\(call)", "stop all x\(call)"])
        #expect(await app.send(.post, "/api/v1/jobs/x/stop", body: "").status == 202)
    }

    @Test(
        "refuses what it can't mean",
        arguments: [
            #"{"grace":-1}"#, #"{"grace":86401}"#, #"{"grace":1.5}"#, #"{"grace":"30s"}"#, #"{"now":true}"#, "[]", "x",
        ]
    )
    func refused(body: String) async throws {
        let app = try TestApplication()
        for path in ["/api/v1/jobs/x/stop", "/api/v1/projects/x/stop"] {
            let answer = await app.json(.post, path, body)
            #expect(answer.status == 400)
            #expect(answer.problem?.code == .invalidRequest)
        }
        #expect(app.fake.calls.isEmpty)
        #expect(await app.send(.post, "/api/v1/jobs/x/stop", body: "grace=1", type: "text/plain").status == 415)
    }

    @Test("all of a project's jobs are answered as a list")
    func all() async throws {
        let answer = await (try TestApplication()).send(.post, "/api/v1/projects/x/stop")
        #expect(answer.text.contains(#""items":[{"#))
        #expect(await (try TestApplication()).send(.post, "/api/v1/projects/a%20b/stop").status == 400)
    }
}
