import FloydConformance
import Foundation
import Testing

/// Another project's client: tuspy.
@Suite(.scene, .tags(.integration))
struct TusClientTests {
    /// A Python that has tuspy.
    static let python = ProcessInfo.processInfo.environment["FLOYDLITE_TEST_TUSPY"].flatMap { $0.isEmpty ? nil : $0 }
    static let script = URL(filePath: #filePath).deletingLastPathComponent().path + "/tus-client.py"

    @Test("uploads an archive, is broken off, the server too, and goes on", .enabled(if: python != nil))
    func resumes() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let path = try await ArchiveMaker.make("ordinary")
        let size = try Data(contentsOf: URL(filePath: path)).count
        func tuspy(_ words: String...) async throws -> [String] {
            var command = Command(program: try #require(Self.python))
            command.arguments = [Self.script, server.address, alice.token, "data", path] + words
            command.environment = Command.basicEnvironment
            let outcome = try await command.run()
            try #require(outcome.status == 0, "\(outcome.testDescription)")
            return outcome.text.split(separator: " ").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        }
        let first = try await tuspy("30000", "3")
        #expect(first[1] == "90000")
        await server.kill()
        try await server.start()
        let second = try await tuspy("50000", "1", first[0])
        #expect(second == [first[0], "140000"])
        let third = try await tuspy("50000", "0", first[0])
        #expect(third == [first[0], "\(size)"])
        let id = try #require(first[0].split(separator: "/").last)
        let shown = try await server.get("/api/v1/uploads/\(id)", token: alice.token).json()
        #expect(shown["archive"]?["version"]?.string == "alice/datasets/data/1")
        #expect(shown["archive"]?["message"]?.string == "by tuspy \u{fc}")
        var files = try await server.mounted("alice/data/1", token: alice.token)
        files["data/nested.tar.gz"] = ""
        #expect(files == ArchiveTests.files)
    }
}
