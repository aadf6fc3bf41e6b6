import FloydAPI
import FloydModel
import HTTPTypes
import Testing

@testable import FloydServer

/// Requests that come again, on the real services.
@Suite struct RepeatedRequestTests {
    @Test("a token is made once: its repetition says which it was, and never shows it")
    func token() async throws {
        let server = try await RealServer()
        func ask(_ name: String, _ key: String) async -> Answer {
            await server.send(
                .init(
                    method: .post,
                    path: "/api/v1/tokens",
                    fields: [.idempotencyKey: key],
                    body: #"{"name":"\#(name)"}"#,
                    type: "application/json"
                ),
                as: .owner
            )
        }
        func count() async throws -> Int {
            let list = await server.send(.init(method: .get, path: "/api/v1/tokens"), as: .owner)
            return try list.decode(ListResponse<TokenResponse>.self).items.count { $0.name == "ci" }
        }
        let first = await ask("ci", "k")
        #expect(first.status == 201)
        let made = try first.decode(CreatedTokenResponse.self)
        let second = await ask("ci", "k")
        #expect(second.status == 409 && second.problem?.code == .alreadyDone)
        #expect(second.text.contains(made.about.id.string) && !second.text.contains(made.token))
        #expect(try await count() == 1)
        // Without the key it is a name that is taken; with the key of another request, a mistake.
        #expect(await ask("ci", "other").problem?.code == .alreadyExists)
        #expect(await ask("cd", "k").problem?.code == .idempotencyKeyReused)
        let revoked = await server.send(.init(method: .delete, path: "/api/v1/tokens/\(made.about.id)"), as: .owner)
        #expect(revoked.status == 204)
        #expect(await ask("ci", "k").problem?.hint?.hasPrefix("It is not good any more") == true)
        #expect(await ask("ci", "new").status == 201)
        #expect(try await count() == 2)
    }
}
