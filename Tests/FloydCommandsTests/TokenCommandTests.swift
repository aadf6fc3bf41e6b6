import FloydAPI
import FloydClient
import FloydModel
import Foundation
import Testing

@testable import FloydCommands

@Suite struct TokenCommandTests {
    private static func token(
        _ name: String,
        id: ObjectID = Sample.id,
        kind: String = "token",
        state: String = "active",
        current: Bool = false
    ) throws -> TokenResponse {
        TokenResponse(
            id: id,
            name: name,
            kind: kind,
            user: try Name("alice"),
            state: state,
            created: Date(timeIntervalSince1970: 1_795_325_238),
            lastUsed: current ? Date(timeIntervalSince1970: 1_795_325_288) : nil,
            current: current
        )
    }

    private func world(_ tokens: [TokenResponse]) throws -> TestWorld {
        let world = try TestWorld()
        world.server.on("GET /api/v1/tokens", ListResponse(items: tokens))
        for token in tokens {
            world.server.on("DELETE /api/v1/tokens/\(token.id)") { _ in (204, [:], []) }
            world.server.on("GET /api/v1/tokens/\(token.id)", token)
        }
        return world
    }

    @Test func theOneInUseIsMarked() throws {
        let world = try world([
            Self.token("ci"), Self.token("laptop", current: true), Self.token("old", state: "revoked"),
        ])
        #expect(world.run("token", "list") == 0, "\(world.errors.text)")
        let lines = world.output.text.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[2].hasPrefix("   ci") && lines[2].hasSuffix("never"))
        #expect(lines[3].hasPrefix("*  laptop") && lines[3].hasSuffix("10 seconds ago"))
        #expect(world.run("token", "list", "--all", "--json") == 0)
        #expect(world.output.text.contains(#""revoked""#))
    }

    @Test func theNewTokenStandsAloneOnStandardOutput() throws {
        let world = try TestWorld()
        let created = CreatedTokenResponse(about: try Self.token("ci"), token: "floyd_new")
        world.server.on("POST /api/v1/tokens", status: 201, created)
        #expect(world.run("token", "create", "ci", "--expires", "90d") == 0, "\(world.errors.text)")
        #expect(world.output.text == "floyd_new\n")
        #expect(world.errors.text.contains("not shown again"))
        #expect(
            String(decoding: world.server.requests[0].body, as: UTF8.self) == #"{"expires_in":7776000,"name":"ci"}"#
        )
        let other = try TestWorld()
        other.server.on("POST /api/v1/tokens", status: 201, created)
        #expect(other.run("token", "create", "ci", "--json") == 0)
        #expect(try MessageCoding.decode(CreatedTokenResponse.self, from: Data(other.output.bytes)) == created)
        #expect(other.errors.text.isEmpty)
    }

    @Test(arguments: ["soon", "0", "-1d", ""])
    func whatIsNoTimeIsRefused(time: String) throws {
        let world = try TestWorld()
        #expect(world.run("token", "create", "ci", "--expires=\(time)") == 64)
        #expect(world.server.lines.isEmpty)
    }

    @Test func aTokenIsRevokedByNameOrID() throws {
        let other = ObjectID()
        let world = try world([Self.token("ci", id: other), Self.token("laptop", current: true)])
        #expect(world.run("token", "revoke", "ci") == 0, "\(world.errors.text)")
        #expect(world.run("token", "revoke", other.string) == 0)
        #expect(
            world.server.lines.filter { $0.hasPrefix("DELETE") }
                == Array(repeating: "DELETE /api/v1/tokens/\(other)", count: 2)
        )
        #expect(try world.context.settings().load().token == "secret")
        #expect(world.run("token", "revoke", "cy") == 68)
        #expect(world.errors.text.contains("ci"))
    }

    @Test(arguments: ["current", "laptop"])
    func theOneInUseIsForgottenWithIt(word: String) throws {
        let world = try world([Self.token("laptop", current: true)])
        #expect(world.run("token", "revoke", word) == 0)
        #expect(try world.context.settings().load() == Settings(host: "http://127.0.0.1:8080"))
        #expect(world.errors.text.contains("log in again"))
    }

    @Test func logoutMayRevoke() throws {
        let world = try TestWorld()
        world.server.on("DELETE /api/v1/tokens/current") { _ in (204, [:], []) }
        #expect(world.run("logout", "--revoke") == 0, "\(world.errors.text)")
        #expect(world.server.requests[0].headers["Authorization"] == "Bearer secret")
        #expect(try world.context.settings().load().token == nil)
    }

    @Test func whatCanNotBeRevokedIsKept() throws {
        let world = try TestWorld()
        #expect(world.run("logout", "--revoke") == 69)
        #expect(try world.context.settings().load().token == "secret")
        #expect(world.errors.text.contains("Without --revoke"))
        // One that is worthless is what was wanted.
        world.server.on("DELETE /api/v1/tokens/current", fails: FloydError(.unauthenticated, "the token has expired"))
        #expect(world.run("logout", "--revoke") == 0)
        #expect(try world.context.settings().load().token == nil)
    }

    @Test func theLocalSocketNeedsNoToken() throws {
        let world = try TestWorld(isLoggedIn: false)
        world.environment["FLOYDLITE_HOST"] = "unix:/run/floydlite.sock"
        world.server.on("GET /api/v1/jobs", ListResponse<JobResponse>(items: []))
        #expect(world.run("status") == 0, "\(world.errors.text)")
        #expect(world.server.requests[0].headers["Authorization"] == nil)
        world.server.on("GET /api/v1/jobs", fails: FloydError(.unauthenticated, "uid 1000 is nobody", hint: "Say so."))
        #expect(world.run("status") == 77)
        #expect(world.errors.text.contains("uid 1000 is nobody") && world.errors.text.contains("Say so."))
    }

    @Test func loginOnTheLocalSocketSavesWhere() throws {
        let world = try TestWorld(isLoggedIn: false)
        let account = AccountResponse(id: Sample.id, name: try Name("alice"), role: "user")
        world.server.on("GET /api/v1/account", account)
        #expect(world.run("login", "--host", "unix:/run/floydlite.sock") == 0, "\(world.errors.text)")
        #expect(try world.context.settings().load() == Settings(host: "unix:/run/floydlite.sock", user: "alice"))
        // Who is nobody there is asked for a token.
        world.token = "typed"
        world.server.on("GET /api/v1/account") { request in
            let error: any Encodable =
                request.headers["Authorization"] == nil ? Problem(FloydError(.unauthenticated, "nobody")) : account
            let status = request.headers["Authorization"] == nil ? 401 : 200
            return (status, [:], (try? MessageCoding.encode(error)).map { [UInt8]($0) } ?? [])
        }
        #expect(world.run("login", "--host", "unix:/run/floydlite.sock") == 0)
        #expect(try world.context.settings().load().token == "typed")
    }
}

@Suite struct VisibilityCommandTests {
    private func resource(_ name: String, _ isPublic: Bool) throws -> ResourceResponse {
        var resource = try Sample.resource(name)
        resource.isPublic = isPublic
        return resource
    }

    @Test func isShownAndChanged() throws {
        let world = try TestWorld()
        try world.makeDataset()
        world.server.on(
            "GET /api/v1/datasets/alice%2Fdatasets%2Fmodelnet",
            try resource("alice/datasets/modelnet", false)
        )
        world.server.on("PATCH /api/v1/datasets/\(Sample.id)", try resource("alice/datasets/modelnet", true))
        #expect(world.run("visibility") == 0, "\(world.errors.text)")
        #expect(world.output.text == "alice/datasets/modelnet is private\n")
        #expect(world.run("visibility", "private") == 0)
        #expect(!world.server.lines.contains { $0.hasPrefix("PATCH") })
        #expect(world.run("visibility", "public") == 0)
        #expect(world.output.text.hasSuffix("alice/datasets/modelnet is public\n"))
        #expect(String(decoding: world.server.requests.last?.body ?? [], as: UTF8.self) == #"{"public":true}"#)
    }

    @Test func aNameMayBeAProjectsOrADatasets() throws {
        let world = try TestWorld()
        let absent = FloydError(.notFound, "there is no project x")
        world.server.on("GET /api/v1/projects/x", fails: absent)
        world.server.on("GET /api/v1/datasets/x", try resource("alice/datasets/x", true))
        #expect(world.run("visibility", "x") == 0, "\(world.errors.text)")
        #expect(world.output.text == "alice/datasets/x is public\n")
        world.server.on("GET /api/v1/projects/x", try resource("alice/projects/x", true))
        #expect(world.run("visibility", "x", "private") == 64)
        #expect(world.errors.text.contains("alice/projects/x or alice/datasets/x"))
        world.server.on("GET /api/v1/projects/alice%2Fprojects%2Fx", try resource("alice/projects/x", true))
        world.server.on("PATCH /api/v1/projects/\(Sample.id)", try resource("alice/projects/x", false))
        #expect(world.run("visibility", "alice/projects/x", "private") == 0)
        world.server.on("GET /api/v1/projects/y", fails: absent)
        world.server.on("GET /api/v1/datasets/y", fails: FloydError(.datasetNotFound, "there is no dataset y"))
        #expect(world.run("visibility", "y") == 68)
    }

    @Test(arguments: [["x", "open"], ["x", "public", "y"], ["x/1"]])
    func whatMakesNoSenseIsRefused(words: [String]) throws {
        let world = try TestWorld()
        #expect(CommandLineTool.run(["visibility"] + words, in: world.context) == 64)
        #expect(world.server.lines.isEmpty)
    }

    @Test func elsewhereANameIsNeeded() throws {
        let world = try TestWorld()
        #expect(world.run("visibility") == 66)
        #expect(world.run("visibility", "public") == 66)
    }

    @Test(arguments: [(["init", "x"], "projects"), (["data", "init", "x"], "datasets")])
    func initMayMakeIt(words: [String], collection: String) throws {
        let world = try TestWorld()
        world.server.on("POST /api/v1/\(collection)", try resource("alice/\(collection)/x", true))
        #expect(CommandLineTool.run(words + ["--public"], in: world.context) == 0, "\(world.errors.text)")
        #expect(String(decoding: world.server.requests[0].body, as: UTF8.self) == #"{"name":"x","public":true}"#)
        #expect(world.output.text.contains("it is public"))
        #expect(CommandLineTool.run(words, in: world.context) == 0)
        #expect(String(decoding: world.server.requests[1].body, as: UTF8.self) == #"{"name":"x"}"#)
    }

    @Test func whoIsSomebodyElseOnAnotherServerMayUseTheFolder() throws {
        let world = try TestWorld()
        try world.makeProject(of: "bob")
        #expect(throws: FloydError.self) {
            try world.context.checkOwner(of: FolderMarker.project.required(in: world.folder))
        }
        world.environment["FLOYDLITE_HOST"] = "unix:/run/floydlite.sock"
        try world.context.checkOwner(of: FolderMarker.project.required(in: world.folder))
    }
}
