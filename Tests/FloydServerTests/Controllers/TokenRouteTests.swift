import FloydAPI
import FloydModel
import Foundation
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("Tokens and visibility")
struct TokenRouteTests {
    private static let id = ObjectID.fixed.string

    @Test("are listed page by page, of oneself or of a user")
    func list() async throws {
        let app = try TestApplication()
        let answer = await app.send(.get, "/api/v1/tokens?user=bob&limit=2&cursor=\(Self.id)")
        #expect(answer.status == 200)
        _ = await app.send(.get, "/api/v1/tokens")
        #expect(app.fake.calls == ["tokens bob \(Self.id) 2 as alice", "tokens - - 100 as alice"])
        #expect(await app.send(.get, "/api/v1/tokens?user=a%2Fb").status == 400)
    }

    @Test("are made, and shown that once")
    func create() async throws {
        let app = try TestApplication()
        let answer = await app.json(.post, "/api/v1/tokens", #"{"name":"ci","expires_in":60}"#)
        #expect(answer.status == 201)
        #expect(answer["Location"] == "/api/v1/tokens/\(Self.id)")
        #expect(answer["Cache-Control"] == "no-store")
        #expect(try answer.decode(CreatedTokenResponse.self).token == "floyd_new")
        #expect(app.fake.calls == ["createToken ci 60"])
        let document = try #require(JSONSerialization.jsonObject(with: Data(answer.bytes)) as? [String: Any])
        #expect(
            Set(document.keys) == [
                "id", "name", "kind", "user", "state", "created", "expires", "last_used", "current", "token",
            ]
        )
    }

    @Test(
        "that don't fit are refused by name",
        arguments: [
            (#"{}"#, "name"), (#"{"name":1}"#, "name"), (#"{"name":"x","expires_in":0}"#, "expires_in"),
            (#"{"name":"current"}"#, "name"), (#"{"name":"eo4LZmQVs9JMwW6xB8hta5"}"#, "name"),
            (#"{"name":"x","expires_in":"90d"}"#, "expires_in"), (#"{"name":"x","user":"bob"}"#, "user"),
        ]
    )
    func refused(body: String, field: String) async throws {
        let app = try TestApplication()
        let answer = await app.json(.post, "/api/v1/tokens", body)
        #expect(answer.status == 400)
        #expect(answer.problem?.fields?.map(\.name) == [field])
        #expect(app.fake.calls.isEmpty)
    }

    @Test("are revoked by id, and the one in use by that word")
    func revoke() async throws {
        let app = try TestApplication()
        #expect(await app.send(.delete, "/api/v1/tokens/current").status == 204)
        #expect(await app.send(.delete, "/api/v1/tokens/\(Self.id)").status == 204)
        #expect(await app.send(.get, "/api/v1/tokens/current").status == 200)
        #expect(await app.send(.delete, "/api/v1/tokens/laptop").status == 400)
        #expect(app.fake.calls.count == 3)
    }

    @Test("who may see a thing is said when it is made, and later")
    func visibility() async throws {
        let app = try TestApplication()
        #expect(await app.json(.post, "/api/v1/projects", #"{"name":"x","public":true}"#).status == 200)
        #expect(await app.json(.post, "/api/v1/datasets", #"{"name":"y","public":false}"#).status == 200)
        #expect(await app.json(.patch, "/api/v1/projects/alice%2Fx", #"{"public":true}"#).status == 200)
        #expect(await app.json(.patch, "/api/v1/datasets/y", #"{"public":false}"#).status == 200)
        #expect(
            app.fake.calls == [
                "createProject x public: true", "createDataset y public: false", "updateProject alice/x public: true",
                "updateDataset y public: false",
            ]
        )
        for body in [#"{}"#, #"{"public":"yes"}"#, #"{"public":null}"#, #"{"public":true,"name":"z"}"#] {
            #expect(await app.json(.patch, "/api/v1/datasets/y", body).status == 400)
        }
        #expect(app.fake.calls.count == 4)
    }
}
