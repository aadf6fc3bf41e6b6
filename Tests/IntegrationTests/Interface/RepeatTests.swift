import FloydConformance
import FloydOS
import Foundation
import Glibc
import Testing

/// Requests that are sent again because nobody knows whether they were heard.
@Suite(.scene, .tags(.integration))
struct RepeatTests {
    private func count(_ alice: Person) async throws -> Int {
        let list = try await alice.server.get("/api/v1/jobs?limit=500", token: alice.token).json()
        return list["items"]?.items.count ?? -1
    }

    @Test("curl submits twice with one key: one job, one answer; another job with that key is refused")
    func curl() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("once")
        try await alice.succeed("run", "-f", "true", in: "once")
        let empty = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
        let manifest = #"{"path":"a","type":"file","size":0,"blake3":"\#(empty)"}"# + "\n"
        let upload = try await server.upload(manifest, token: alice.token).json()
        let code = try #require(upload["id"]?.string)
        func submit(_ command: String, _ key: String) async throws -> [String] {
            var curl = Command(program: "/usr/bin/curl")
            let body = #"{"project":"once","code":"\#(code)","command":"\#(command)"}"#
            curl.arguments = [
                "-sS", "-w", "\n%{http_code}", "-H", "Authorization: Bearer \(alice.token)", "-H",
                "Idempotency-Key: \(key)",
                "-H", "Content-Type: application/json", "-d", body, "\(server.address)/api/v1/jobs",
            ]
            curl.environment = Command.basicEnvironment
            let outcome = try await curl.run()
            try #require(outcome.status == 0, "\(outcome.testDescription)")
            return outcome.lines
        }
        let first = try await submit("true", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"")
        #expect(first.last == "201", "\(first)")
        #expect(try await submit("true", "8e03978e-40d5-43dd-bc93-6894a57f9324") == first)
        #expect(try await count(alice) == 2)
        let other = try await submit("false", "8e03978e-40d5-43dd-bc93-6894a57f9324")
        #expect(other.last == "422" && other.first?.contains("idempotency_key_reused") == true)
        await server.kill()
        try await server.start()
        #expect(try await submit("true", "8e03978e-40d5-43dd-bc93-6894a57f9324") == first)
        #expect(try await submit("true", "another").last == "201")
        #expect(try await count(alice) == 3)
    }

    @Test("curl puts an archive twice with one key: one version, one answer; another archive with that key is refused")
    func archive() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        func put(_ kind: String, _ key: String) async throws -> [String] {
            var curl = Command(program: "/usr/bin/curl")
            curl.arguments = [
                "-sS", "-w", "\n%{http_code}", "-H", "Authorization: Bearer \(alice.token)", "-H",
                "Idempotency-Key: \(key)", "-H", "Expect: 100-continue", "-T", try await ArchiveMaker.make(kind),
                "\(server.address)/api/v1/datasets/data/archives/archive",
            ]
            curl.environment = Command.basicEnvironment
            let outcome = try await curl.run()
            try #require(outcome.status == 0, "\(outcome.testDescription)")
            return outcome.lines
        }
        let first = try await put("ordinary", "one")
        #expect(first.last == "201", "\(first)")
        #expect(try await put("ordinary", "one") == first)
        await server.kill()
        try await server.start()
        #expect(try await put("ordinary", "one") == first)
        let other = try await put("zip", "one")
        #expect(other.last == "422" && other.first?.contains("idempotency_key_reused") == true, "\(other)")
        let list = try await server.get("/api/v1/dataset-versions", token: alice.token).json()
        #expect(list["items"]?.items.count == 1)
        #expect(try await put("zip", "two").last == "201")
        #expect(server.uploadFolders.isEmpty)
    }

    @Test("a submit whose answer was lost with the server makes one job, and the tool says that it tried again, once")
    func lostAnswer() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("once")
        try await alice.succeed("run", "-f", "true", in: "once")
        await server.stop()
        // Dies when the job is on the disk, and nobody has heard of it.
        try await server.start(environment: [Failpoint.variable: Failpoint.storeCommitted.rawValue])
        let tool = try await alice.command(["run", "true"], in: "once").start()
        #expect(try await server.end() == 128 + SIGKILL)
        try await server.start()
        #expect(try await tool.end(within: .seconds(30)) == 0, "\(tool.errors.value.text)")
        #expect(tool.errors.value.text.components(separatedBy: "trying again").count == 2)
        #expect(try await count(alice) == 2)
    }

    @Test("a token whose answer was lost with the server is one token, and the tool says which is to be revoked")
    func lostToken() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        await server.stop()
        try await server.start(environment: [Failpoint.variable: Failpoint.storeCommitted.rawValue])
        let tool = try await alice.command(["token", "create", "ci"]).start()
        #expect(try await server.end() == 128 + SIGKILL)
        try await server.start()
        #expect(try await tool.end(within: .seconds(30)) == 75, "\(tool.errors.value.text)")
        let list = try await server.get("/api/v1/tokens", token: alice.token).json()
        let made = list["items"]?.items.filter { $0["name"]?.string == "ci" } ?? []
        let id = try #require(made.first?["id"]?.string)
        #expect(made.count == 1)
        #expect(tool.errors.value.text.contains("floydlite token revoke \(id)"), "\(tool.errors.value.text)")
        try await alice.succeed("token", "revoke", id)
        try await alice.succeed("token", "create", "ci")
    }
}
