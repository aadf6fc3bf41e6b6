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
