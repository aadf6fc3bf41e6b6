import FloydAPI
import FloydModel
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("Projects, datasets, versions and the machine")
struct DataRouteTests {
    private let id = ObjectID.fixed

    @Test(
        "each reading asks its service once",
        arguments: [
            ("/api/v1/server", "server"), ("/api/v1/environments", "environments"),
            ("/api/v1/instance-types", "instanceTypes"), ("/api/v1/projects", "projects - 100"),
            ("/api/v1/projects?cursor=x&limit=3", "projects x 3"),
            ("/api/v1/datasets", "datasets - 100"), ("/api/v1/datasets/alice%2Fmodelnet", "dataset alice/modelnet"),
            ("/api/v1/dataset-versions", "versions - - 100"),
            ("/api/v1/dataset-versions?dataset=alice%2Fx&cursor=abc&limit=7", "versions alice/x abc 7"),
            ("/api/v1/dataset-versions/alice%2Fdatasets%2Fx%2F2", "version alice/datasets/x/2"),
            ("/api/v1/jobs", "jobs - - 100"), ("/api/v1/jobs?project=x&limit=500", "jobs x - 500"),
            ("/api/v1/jobs?project=alice%2Fprojects%2Fx", "jobs alice/projects/x - 100"),
        ]
    )
    func reads(path: String, call: String) async throws {
        let app = try TestApplication()
        let answer = await app.send(.get, path)
        #expect(answer.status == 200)
        #expect(answer["Content-Type"] == "application/json")
        #expect(answer["Cache-Control"] == "no-store")
        #expect(app.fake.calls == [call])
    }

    @Test("lists carry the way to the next page")
    func pages() async throws {
        let answer = await (try TestApplication()).send(.get, "/api/v1/dataset-versions")
        #expect(try answer.decode(ListResponse<DatasetVersionResponse>.self).next == "more")
    }

    @Test("a project, a dataset and a version are made")
    func creates() async throws {
        let app = try TestApplication()
        #expect(await app.json(.post, "/api/v1/projects", #"{"name":"x"}"#).status == 200)
        #expect(await app.json(.post, "/api/v1/datasets", #"{"name":"y"}"#).status == 200)
        let answer = await app.json(.post, "/api/v1/datasets/y/versions", #"{"upload":"\#(id)","message":"m"}"#)
        #expect(answer.status == 201)
        #expect(answer["Location"] == "/api/v1/dataset-versions/\(id)")
        #expect(app.fake.calls == ["createProject x", "createDataset y", "addVersion y \(id) m"])
    }

    @Test("a version is made of a job, deleted and verified")
    func versions() async throws {
        let app = try TestApplication()
        let made = await app.json(.post, "/api/v1/datasets/y/versions", #"{"job":"alice/x/3"}"#)
        #expect(made.status == 201)
        let deleted = await app.send(.delete, "/api/v1/dataset-versions/alice%2Fy%2F1")
        #expect(deleted.status == 204)
        let verified = await app.send(.post, "/api/v1/dataset-versions/y%2F1/verify")
        #expect(verified.status == 200)
        #expect(verified["Content-Type"] == "application/x-ndjson")
        #expect(app.fake.calls == ["addVersion y alice/x/3 -", "delete alice/y/1 as alice", "verify y/1"])
        #expect(await app.send(.delete, "/api/v1/dataset-versions/y%2F1", token: nil).status == 401)
        #expect(await app.json(.post, "/api/v1/datasets/y/versions", #"{"job":3}"#).status == 400)
    }

    @Test(
        "queries that make no sense are refused before a service is asked",
        arguments: [
            "/api/v1/dataset-versions?limit=0", "/api/v1/dataset-versions?limit=501", "/api/v1/jobs?limit=x",
            "/api/v1/jobs?project=a%2F", "/api/v1/jobs?project=..", "/api/v1/jobs?order=up", "/api/v1/server?x",
            "/api/v1/dataset-versions?dataset=%2F", "/api/v1/jobs?limit=1&limit=1", "/api/v1/datasets/..%2F..%2Fetc",
            "/api/v1/datasets/%252e%252e", "/api/v1/jobs/a%00b", "/api/v1/jobs/%C0%AF",
        ]
    )
    func refuses(path: String) async throws {
        let app = try TestApplication()
        let answer = await app.send(.get, path)
        #expect(answer.status == 400)
        #expect(answer.problem != nil)
        #expect(app.fake.calls.isEmpty)
    }
}
