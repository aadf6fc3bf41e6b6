import FloydAPI
import FloydModel
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("Access")
struct AccessTests {
    static let id = ObjectID.fixed.string

    /// Every route of the interface, with a body where it takes one.
    static let interface: [(HTTPRequest.Method, String)] = [
        (.get, "/api/v1/server"), (.get, "/api/v1/account"), (.get, "/api/v1/environments"),
        (.get, "/api/v1/tokens"), (.post, "/api/v1/tokens"), (.get, "/api/v1/tokens/current"),
        (.delete, "/api/v1/tokens/current"), (.get, "/api/v1/projects/x"), (.patch, "/api/v1/projects/x"),
        (.patch, "/api/v1/datasets/x"),
        (.get, "/api/v1/instance-types"), (.get, "/api/v1/projects"), (.post, "/api/v1/projects"),
        (.get, "/api/v1/datasets"), (.post, "/api/v1/datasets"), (.get, "/api/v1/datasets/x"),
        (.post, "/api/v1/datasets/x/versions"), (.get, "/api/v1/dataset-versions"),
        (.get, "/api/v1/dataset-versions/x"),
        (.get, "/api/v1/dataset-versions/x/blocks?path=a&size=1&average=65536"),
        (.put, "/api/v1/uploads/\(id)/recipe"), (.get, "/api/v1/uploads/\(id)/recipe"),
        (.delete, "/api/v1/dataset-versions/x"), (.post, "/api/v1/dataset-versions/x/verify"),
        (.get, "/api/v1/uploads"), (.post, "/api/v1/uploads"), (.options, "/api/v1/uploads"),
        (.get, "/api/v1/uploads/\(id)"),
        (.head, "/api/v1/uploads/\(id)"), (.patch, "/api/v1/uploads/\(id)"), (.delete, "/api/v1/uploads/\(id)"),
        (.options, "/api/v1/uploads/\(id)"), (.get, "/api/v1/uploads/\(id)/missing"),
        (.post, "/api/v1/uploads/\(id)/commit"), (.get, "/api/v1/jobs"), (.post, "/api/v1/jobs"),
        (.get, "/api/v1/jobs/x"), (.post, "/api/v1/jobs/x/stop"), (.get, "/api/v1/jobs/x/log"),
        (.delete, "/api/v1/jobs/x"), (.delete, "/api/v1/jobs/x/output"), (.post, "/api/v1/jobs/x/restart"),
        (.get, "/api/v1/jobs/x/log/stream"), (.get, "/api/v1/jobs/x/output"), (.get, "/api/v1/jobs/x/output/a/b"),
        (.post, "/api/v1/projects/x/stop"), (.get, "/api/v1/events"), (.get, "/api/v1/events/stream"),
        (.get, "/api/v1/jobs/x/output.tar"), (.get, "/api/v1/jobs/x/output.zip"),
        (.get, "/api/v1/dataset-versions/x/manifest"), (.get, "/api/v1/dataset-versions/x/files/a/b"),
        (.get, "/api/v1/dataset-versions/x/contents"), (.get, "/api/v1/dataset-versions/x/archive.tar"),
        (.get, "/api/v1/dataset-versions/x/archive.zip"), (.get, "/api/v1/jobs/x/code/manifest"),
        (.get, "/api/v1/jobs/x/code/files/a/b"), (.get, "/api/v1/jobs/x/code/contents"),
        (.get, "/api/v1/jobs/x/code/archive.tar"), (.get, "/api/v1/jobs/x/code/archive.zip"),
        (.put, "/api/v1/datasets/x/archives/x.tar"), (.put, "/api/v1/datasets/x/archives/"),
        (.get, "/metrics"),
    ]

    @Test("the table above has every route that wants a login")
    func tableIsComplete() throws {
        let routes = try TestApplication().application.routes.filter { route in
            if case .account = route.handler { true } else { false }
        }
        #expect(routes.count == Self.interface.count)
    }

    @Test("without a token the interface answers 401 and asks no service", arguments: interface)
    func anonymous(method: HTTPRequest.Method, path: String) async throws {
        let app = try TestApplication()
        let answer = await app.send(method, path, token: nil, body: "{}", type: "application/json")
        #expect(answer.status == 401)
        #expect(answer["WWW-Authenticate"] == "Bearer")
        #expect(answer.problem?.code == .unauthenticated)
        #expect(app.fake.calls.isEmpty)
    }

    @Test("with a wrong token too, whatever the rest of the request", arguments: interface)
    func wrongToken(method: HTTPRequest.Method, path: String) async throws {
        let app = try TestApplication()
        let answer = await app.send(
            method,
            path + (path.contains("?") ? "&" : "?") + "colour=red",
            token: "wrong",
            body: "{",
            type: "text/plain"
        )
        #expect(answer.status == 401)
        #expect(app.fake.calls.isEmpty)
    }

    @Test("with a right one it comes to the request itself", arguments: interface)
    func rightToken(method: HTTPRequest.Method, path: String) async throws {
        let answer = await (try TestApplication()).send(method, path)
        #expect(answer.status != 401 && answer.status != 500)
        #expect(answer.status != 403 || path == "/metrics")
    }

    @Test("a cookie is as good as a token for reading")
    func cookieReads() async throws {
        let answer = await (try TestApplication()).send(.get, "/api/v1/account", token: nil, cookie: "bob-token")
        #expect(answer.status == 200)
        #expect(try answer.decode(AccountResponse.self).name.string == "bob")
    }

    @Test(
        "a change by cookie needs a sign that no other site asked for it",
        arguments: [
            ([:], 403),
            ([.secFetchSite: "same-origin"], 202),
            ([.secFetchSite: "none"], 202),
            ([.secFetchSite: "same-site"], 403),
            ([.secFetchSite: "cross-site"], 403),
            ([.origin: "http://lab.example:8080"], 202),
            ([.origin: "https://lab.example:8080"], 202),
            ([.origin: "http://lab.example"], 403),
            ([.origin: "http://lab.example:8080.evil.example"], 403),
            ([.origin: "null"], 403),
            ([.secFetchSite: "cross-site", .origin: "http://lab.example:8080"], 403),
        ] as [(HTTPFields, Int)]
    )
    func crossSite(fields: HTTPFields, status: Int) async throws {
        let app = try TestApplication()
        let answer = await app.send(.post, "/api/v1/jobs/x/stop", token: nil, cookie: "alice-token", fields)
        #expect(answer.status == status)
        #expect(app.fake.calls.isEmpty == (status == 403))
    }

    @Test("a change by token needs none")
    func tokenIsEnough() async throws {
        let answer = await (try TestApplication()).send(.post, "/api/v1/jobs/x/stop", [.origin: "http://evil.example"])
        #expect(answer.status == 202)
    }

    @Test("health is told to everybody")
    func health() async throws {
        let answer = await (try TestApplication()).send(.get, "/healthz", token: nil)
        #expect(answer.status == 200)
        #expect(answer.text == #"{"status":"ok"}"#)
    }

    @Test(
        "what isn't a bearer token is none, and a cookie doesn't make up for it",
        arguments: [
            "alice-token", "Basic alice-token", "Bearer", "Bearer ", "Bearer alice token", "Bearer \"alice-token\"",
        ]
    )
    func malformed(value: String) async throws {
        let app = try TestApplication()
        let fields: HTTPFields = [.authorization: value, .cookie: "floydlite_session=alice-token"]
        #expect(await app.send(.get, "/api/v1/account", token: nil, fields).status == 401)
    }

    @Test("the scheme is spelled in any case")
    func schemeCase() async throws {
        let answer = await (try TestApplication()).send(
            .get,
            "/api/v1/account",
            token: nil,
            [.authorization: "bearer alice-token"]
        )
        #expect(answer.status == 200)
    }

    @Test(
        "the cookie is found among others, unless there are two",
        arguments: [
            ("a=b; floydlite_session=alice-token; c=d", 200),
            ("floydlite_session=alice-token; floydlite_session=alice-token", 200),
            ("floydlite_session=bob-token; floydlite_session=alice-token", 401),
            ("xfloydlite_session=alice-token", 401),
            ("floydlite_session=", 401),
        ]
    )
    func cookies(value: String, status: Int) async throws {
        let answer = await (try TestApplication()).send(.get, "/api/v1/account", token: nil, [.cookie: value])
        #expect(answer.status == status)
    }
}
