import FloydModel
import FoundationEssentials
import Testing

@testable import FloydClient

@Suite struct HTTPDateTests {
    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("Sun, 22 Nov 2026 05:27:18 GMT", 1_795_325_238),
        ("Fri, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
    ])
    func datesAreRead(_ text: String, _ seconds: Double) {
        #expect(HTTPDate.parse(text) == Date(timeIntervalSince1970: seconds))
    }

    @Test(arguments: [
        "", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT",
    ])
    func whatIsNoDateIsNone(_ text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }

    @Test func theServersTimeIsThatOfItsAnswers() throws {
        let transport = ScriptedTransport([
            .status(200, ["date": "Sun, 22 Nov 2026 05:27:18 GMT"], Array("ok".utf8)), .status(200, [:], []),
        ])
        let client = FloydClient.scripted(transport)
        #expect(try client.serverTime() == Date(timeIntervalSince1970: 1_795_325_238))
        #expect(try client.serverTime() == nil)
        #expect(transport.exchanges.map(\.path) == ["/healthz", "/healthz"])
    }
}

@Suite struct StopCallTests {
    @Test(arguments: [(nil, ""), (0, #"{"grace":0}"#), (30, #"{"grace":30}"#)] as [(Int?, String)])
    func theGraceStandsInTheBody(_ grace: Int?, _ body: String) {
        let transport = ScriptedTransport { _ in .problem(FloydError(.conflict, "it has ended")) }
        let client = FloydClient.scripted(transport)
        let project = try? Reference(parsing: "keras")
        #expect(throws: FloydError.self) { try client.stop(Reference(.number(3)), grace: grace) }
        #expect(throws: FloydError.self) { try client.stopAll(of: try #require(project), grace: grace) }
        #expect(transport.exchanges.map(\.path) == ["/api/v1/jobs/3/stop", "/api/v1/projects/keras/stop"])
        #expect(transport.exchanges.map { String(decoding: $0.body, as: UTF8.self) } == [body, body])
        #expect(transport.exchanges.allSatisfy { $0.method == "POST" })
    }
}
