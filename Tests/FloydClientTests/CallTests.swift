import FloydAPI
import FloydClient
import FloydModel
import FoundationEssentials
import Testing

@Suite struct CallTests {
    private func error(of answer: ScriptedTransport.Answer) -> FloydError? {
        do {
            _ = try FloydClient.scripted(ScriptedTransport([answer])).account()
            return nil
        } catch {
            return error
        }
    }

    @Test func theTokenGoesAlong() throws {
        let account = AccountResponse(id: ObjectID(), name: try Name("alice"), role: "user")
        let transport = ScriptedTransport([.json(account)])
        #expect(try FloydClient.scripted(transport).account() == account)
        #expect(transport.exchanges.map(\.path) == ["/api/v1/account"])
        #expect(transport.exchanges[0].headers["Authorization"] == "Bearer secret")
    }

    @Test func whatTheServerSaysIsKept() {
        let said = FloydError(FloydError.Code(rawValue: "brand_new"), "no", hint: "Yes.")
        #expect(error(of: .problem(said)) == said)
    }

    @Test func aWrongTokenSaysWhatToDo() {
        let found = error(of: .problem(FloydError(.unauthenticated, "the token is not valid")))
        #expect(found?.code == .unauthenticated)
        #expect(found?.hint?.contains("floydlite login") == true)
        #expect(error(of: .status(401, [:], []))?.code == .unauthenticated)
    }

    @Test func noServerIsNamed() {
        let found = error(of: .failure(.unreachable("Connection refused")))
        #expect(found?.code == .unreachable)
        #expect(found?.message.contains("http://127.0.0.1:8080") == true)
        #expect(found?.hint?.contains("Is floydlited running there?") == true)
    }

    @Test func answersOfOtherProgramsAreToldApart() {
        #expect(error(of: .status(200, [:], Array("<html>".utf8)))?.code == .protocolViolation)
        #expect(error(of: .status(404, [:], Array("<html>".utf8)))?.code == .protocolViolation)
        #expect(error(of: .status(200, [:], Array(#"{"id":"x"}"#.utf8)))?.code == .protocolViolation)
    }

    private func redirected(_ status: Int, to location: String, from host: String, token: String? = "secret")
        -> FloydError?
    {
        let transport = ScriptedTransport([.status(status, ["location": location], Array("<html>".utf8))])
        do {
            let address = try ServerAddress(parsing: host)
            _ = try FloydClient(address: address, token: token, transport: transport, pause: { _ in }).account()
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        (301, "https://floyd.example/api/v1/account", "https://floyd.example"),
        (308, "https://floyd.example:8443/gpu/api/v1/account", "https://floyd.example:8443/gpu"),
        (302, "HTTPS://floyd.example/", "https://floyd.example"),
        (307, "https://floyd.example", "https://floyd.example"),
    ])
    func aServerThatWantsEncryptionIsNamed(status: Int, location: String, address: String) {
        let found = redirected(status, to: location, from: "http://floyd.example")
        #expect(found?.message == "the server at http://floyd.example wants https: \(address)")
        #expect(
            found?.hint?.hasPrefix("Log in there: `floydlite login --host \(address)`. The token has just been sent")
                == true
        )
        #expect(found?.hint?.contains("token revoke") == true)
        // Nothing that anybody could have read on the way.
        for error in [
            redirected(status, to: location, from: "http://127.0.0.1:8080"),
            redirected(status, to: location, from: "http://floyd.example", token: nil),
        ] {
            #expect(error?.hint == "Log in there: `floydlite login --host \(address)`.")
        }
    }

    @Test(arguments: [
        (301, "http://floyd.example/login"), (308, "/login"), (200, "https://floyd.example"),
        (404, "https://floyd.example"),
        (301, "https://"), (301, "https://a b/"),
    ])
    func otherRedirectionsAreOtherPrograms(status: Int, location: String) {
        let found = redirected(status, to: location, from: "http://floyd.example")
        #expect(found?.code == .protocolViolation)
        #expect(found?.message.contains("wants https") == false)
    }

    @Test func allPagesAreRead() throws {
        func page(_ number: Int, next: String?) -> ScriptedTransport.Answer {
            .json(
                ListResponse(
                    items: [
                        DatasetVersionResponse(
                            id: ObjectID(),
                            name: "alice/datasets/y/\(number)",
                            created: Date(timeIntervalSince1970: 0),
                            number: number,
                            size: 0,
                            files: 0,
                            message: nil
                        )
                    ],
                    next: next
                )
            )
        }
        let transport = ScriptedTransport([page(2, next: "a&b"), page(1, next: nil)])
        let versions = try FloydClient.scripted(transport).datasetVersions(of: try Reference(parsing: "alice/y"))
        #expect(versions.map(\.number) == [2, 1])
        #expect(
            transport.exchanges.map(\.path) == [
                "/api/v1/dataset-versions?dataset=alice%2Fy", "/api/v1/dataset-versions?dataset=alice%2Fy&cursor=a%26b",
            ]
        )
    }

    @Test func aListThatLeadsToItselfEnds() throws {
        let transport = ScriptedTransport { _ in .json(ListResponse<JobResponse>(items: [], next: "same")) }
        #expect(try FloydClient.scripted(transport).jobs().isEmpty)
        #expect(transport.exchanges.count == 2)
    }
}
