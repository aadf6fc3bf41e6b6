import FloydAPI
import FloydModel
import Testing

@testable import FloydServer

@Suite("Query parameters")
struct QueryParametersTests {
    @Test("are decoded, and a plus stays a plus")
    func decodes() throws {
        let query = try QueryParameters(
            "dataset=alice%2Fx&cursor=a+b%3D&&limit=5",
            known: ["dataset", "cursor", "limit"]
        )
        #expect(query["dataset"] == "alice/x")
        #expect(query["cursor"] == "a+b=")
        #expect(try query.integer("limit") == 5)
        #expect(query["other"] == nil)
        #expect(try QueryParameters(nil as String?, known: []) == QueryParameters("", known: []))
    }

    @Test("that nobody knows are refused by name")
    func refusesUnknown() throws {
        let error = #expect(throws: FloydError.self) { try QueryParameters("colour=red", known: ["limit"]) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.fields.map(\.name) == ["colour"])
        #expect(error?.hint == "This takes limit.")
    }

    @Test("are refused twice, or malformed", arguments: ["limit=1&limit=2", "limit=%zz", "%00=1", "limit=%FF"])
    func refuses(query: String) {
        #expect(throws: FloydError.self) { try QueryParameters(query, known: ["limit"]) }
    }

    @Test(
        "have to be numbers where numbers are due",
        arguments: ["", "x", "+1", "1.5", "0x10", "99999999999999999999"]
    )
    func refusesNumbers(text: String) throws {
        let query = try QueryParameters("limit=\(text)", known: ["limit"])
        #expect(throws: FloydError.self) { _ = try query.integer("limit", Int.self) }
    }
}
