import FloydConformance
import Testing

/// What the account has already is not sent again, wherever it stands.
@Suite(.scene, .tags(.integration))
struct OnceTests {
    @Test("A file of one dataset is not sent again with the first version of another")
    func otherDataset() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let text = (0..<20_000).map { "line \($0)\n" }.joined()
        try alice.write(text, to: "first/a.txt")
        try await alice.succeed("upload", "first", in: "first")
        try alice.write(text, to: "second/renamed.txt")
        try alice.write("new\n", to: "second/b.txt")
        try await alice.succeed("data", "init", "second", in: "second")
        let preview = try await alice.json("data", "upload", "--dry-run", in: "second")
        #expect(preview["files_to_send"]?.integer == 1)
        #expect(preview["bytes_to_send"]?.integer == 4)
        try await alice.succeed("data", "upload", in: "second")
        try await alice.succeed("data", "getfile", "second", "renamed.txt", "--into", "back")
        #expect(try alice.read("back") == text)
    }
}
