import FloydModel
import Testing

@testable import FloydServer

@Suite("Paths")
struct PathSegmentsTests {
    @Test(
        "are split before they are decoded, and decoded once",
        arguments: [
            ("/", [""]),
            ("/api/v1/jobs", ["api", "v1", "jobs"]),
            ("/jobs/alice%2Fx%2F3", ["jobs", "alice/x/3"]),
            ("/a%25%32%46b", ["a%2Fb"]),
            ("/a%252Fb", ["a%2Fb"]),
            ("/%61pi", ["api"]),
            ("/a//b", ["a", "", "b"]),
            ("/a/", ["a", ""]),
            ("/%C3%A9", ["é"]),
            ("/a+b", ["a+b"]),
            ("/%5C..%5C", ["\\..\\"]),
            ("/...", ["..."]),
        ] as [(String, [String])]
    )
    func splits(path: String, segments: [String]) throws {
        #expect(try PathSegments.parse(path) == segments)
    }

    @Test(
        "are refused where they mean nothing or something else",
        arguments: [
            "", "*", "api", "/%", "/%4", "/%zz", "/%00", "/a%00b", "/.", "/..", "/a/../b", "/%2e%2e", "/%2E%2e/x",
            "/.%2e",
            "/%2e", "/%FF", "/%C0%AF", "/%C0%AE%C0%AE", "/%E0%80%AF", "/%ED%A0%80", "/%F4%90%80%80",
        ]
    )
    func refuses(path: String) {
        #expect(throws: FloydError.self) { try PathSegments.parse(path) }
    }
}
