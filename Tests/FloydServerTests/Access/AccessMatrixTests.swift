import FloydAPI
import FloydHTTP
import FloydModel
import Foundation
import HTTPTypes
import Testing

@testable import FloydServer

/// Every route, for everybody, about private and public things, on the real services.
@Suite(.serialized) struct AccessMatrixTests {
    typealias Caller = RealServer.Caller

    private static func key(_ route: Route) -> String { "\(route.method.rawValue) \(route.template)" }

    @Test("the table has every route, and nothing else")
    func tableIsComplete() async throws {
        let routes = try await RealServer().application.routes
            .filter { !$0.template.description.hasPrefix("/assets/") }.map(Self.key)
        #expect(Set(routes) == Set(AccessTable.rows.keys))
        #expect(Set(routes).count == routes.count)
    }

    private static func expected(_ row: AccessRow, _ caller: Caller, isPublic: Bool) -> Int {
        switch caller {
        case .anonymous, .revoked, .expired, .disabled: row.nobody
        case .owner: row.owner
        case .other: isPublic ? row.otherPublic : row.otherPrivate
        case .admin: row.admin
        }
    }

    @Test("each answers as the table says")
    func matrix() async throws {
        let server = try await RealServer()
        var number = 100
        func things(isPublic: Bool) async throws -> RealServer.Things {
            number += 1
            return try await server.make(number, isPublic: isPublic)
        }
        var cells = 0
        for isPublic in [false, true] {
            let shared = try await things(isPublic: isPublic)
            for (route, row) in AccessTable.rows.sorted(by: { $0.key < $1.key }) {
                for caller in Caller.allCases {
                    // Who is refused changes nothing, so only those that aren't need their own.
                    let expected = Self.expected(row, caller, isPublic: isPublic)
                    let subject = row.changes && expected < 400 ? try await things(isPublic: isPublic) : shared
                    let answer = await server.send(row.ask(subject), as: caller)
                    #expect(
                        answer.status == expected,
                        "\(route) as \(caller) of a \(isPublic ? "public" : "private") thing: \(answer.text)"
                    )
                    cells += 1
                }
            }
        }
        #expect(cells == 2 * AccessTable.rows.count * Caller.allCases.count)
    }

    @Test("who is refused for what became of the token is told that")
    func refusals() async throws {
        let server = try await RealServer()
        let messages: [(Caller, String)] = [
            (.anonymous, "a token is needed"), (.revoked, "the token was revoked"), (.expired, "the token has expired"),
            (.disabled, "the account is disabled"),
        ]
        for (caller, message) in messages {
            let answer = await server.send(RealServer.Ask(method: .get, path: "/api/v1/account"), as: caller)
            #expect(answer.problem?.detail == message)
            #expect(answer["WWW-Authenticate"] == "Bearer")
        }
    }

    /// All that an answer says, with names and ids by what they are.
    private static func said(_ answer: Answer, about things: RealServer.Things) -> String {
        var text = "\(answer.status)\n"
        for field in answer.fields.sorted(by: { $0.name.canonicalName < $1.name.canonicalName }) {
            text += "\(field.name): \(field.value)\n"
        }
        text += answer.text
        for (index, name) in things.names.enumerated() {
            text = text.replacingOccurrences(of: name, with: "NAME-\(index)")
        }
        return text
    }

    @Test("others' private things answer exactly as absent ones")
    func absent() async throws {
        let server = try await RealServer()
        let present = try await server.make(100, isPublic: false)
        let absent = RealServer.Things.absent(900)
        for (route, row) in AccessTable.rows.sorted(by: { $0.key < $1.key }) where row.otherPrivate == 404 {
            let one = Self.said(await server.send(row.ask(present), as: .other), about: present)
            let other = Self.said(await server.send(row.ask(absent), as: .other), about: absent)
            #expect(one == other, "\(route)")
            #expect(one.hasPrefix("404\n"), "\(route)")
        }
    }

    @Test("what becomes private again is as absent as what never was public")
    func privateAgain() async throws {
        let server = try await RealServer()
        let things = try await server.make(100, isPublic: true)
        let absent = RealServer.Things.absent(900)
        for isPublic in [true, false, true] {
            try await server.setPublic(isPublic, things)
            for (route, row) in AccessTable.rows where !row.changes {
                let answer = await server.send(row.ask(things), as: .other)
                #expect(answer.status == (isPublic ? row.otherPublic : row.otherPrivate), "\(route)")
                guard !isPublic, row.otherPrivate == 404 else { continue }
                let other = await server.send(row.ask(absent), as: .other)
                #expect(Self.said(answer, about: things) == Self.said(other, about: absent), "\(route)")
            }
        }
    }

    @Test("unfinished uploads are listed to their owner alone, whatever is public")
    func uploads() async throws {
        let server = try await RealServer()
        let things = try await server.make(100, isPublic: true)
        for caller in [Caller.owner, .other, .admin] {
            let answer = await server.send(RealServer.Ask(method: .get, path: "/api/v1/uploads"), as: caller)
            let items = try answer.decode(ListResponse<UploadResponse>.self).items
            #expect(items.map(\.id) == (caller == .owner ? [things.upload] : []), "\(caller)")
        }
    }

    @Test("lists and suggestions have nothing of others' private things")
    func lists() async throws {
        let server = try await RealServer()
        _ = try await server.make(100, isPublic: false)
        for path in [
            "/api/v1/projects", "/api/v1/datasets", "/api/v1/dataset-versions", "/api/v1/jobs", "/api/v1/events", "/",
            "/api/v1/tokens", "/api/v1/jobs/alice%2Fproject-10", "/api/v1/datasets/alice%2Fdataset-10",
        ] {
            let answer = await server.send(RealServer.Ask(method: .get, path: path), as: .other)
            #expect(!answer.text.contains("-100"), "\(path): \(answer.text)")
            let own = await server.send(RealServer.Ask(method: .get, path: path), as: .owner)
            #expect(own.text.contains("-100") || path == "/", "\(path)")
        }
    }
}
