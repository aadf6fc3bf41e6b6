import FloydConformance
import Foundation
import Testing

/// Another project's fuzzer, which reads the interface's document and looks for answers that aren't in it: schemathesis.
@Suite(.scene, .tags(.integration))
struct SchemathesisTests {
    static let program = ProcessInfo.processInfo.environment["FLOYDLITE_TEST_SCHEMATHESIS"].flatMap {
        $0.isEmpty ? nil : $0
    }
    /// Examples for each operation; more by hand.
    static let examples = ProcessInfo.processInfo.environment["FLOYDLITE_TEST_SCHEMATHESIS_EXAMPLES"] ?? "4"
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().path

    @Test("Every answer is in the document, whatever is asked", .enabled(if: program != nil))
    func everythingIsDeclared() async throws {
        // The hooks say of each request that it is from elsewhere, or wrong tokens would soon be slowed down.
        let server = try await Server.start(config: Server.plainConfig + "\ntrusted_proxies: [127.0.0.1]\n")
        let alice = try await server.person("alice")
        try await alice.makeProject("fuzzed")
        let job = try await alice.submit("echo up > /output/up; echo up", in: "fuzzed")
        _ = try await alice.job(job, is: "finished")
        try alice.write("1\n", to: "numbers/n.txt")
        try await alice.succeed("data", "init", "numbers", in: "numbers")
        try await alice.succeed("data", "upload", in: "numbers")
        let versions = try await server.get("/api/v1/dataset-versions", token: alice.token).json()
        let version = try #require(versions["items"]?.items.first?["id"]?.string)
        var command = Command(program: try #require(Self.program))
        command.arguments = [
            "--config-file", "\(Self.folder)/schemathesis.toml", "run", "\(server.address)/api/v1/openapi.json",
            "--header", "Authorization: Bearer \(alice.token)", "--checks", "all",
            "--phases", "examples,coverage,fuzzing,stateful", "--seed", "1", "--max-examples", Self.examples,
            "--continue-on-failure", "--request-timeout", "20", "--generation-database", "none", "--no-color",
            "--suppress-health-check", "all",
        ]
        command.environment = Command.basicEnvironment
        command.environment["HOME"] = alice.folder
        command.environment["PYTHONDONTWRITEBYTECODE"] = "1"
        command.environment["SCHEMATHESIS_HOOKS"] = "\(Self.folder)/schemathesis-hooks.py"
        command.environment["FLOYDLITE_JOB"] = job
        command.environment["FLOYDLITE_VERSION"] = version
        command.folder = alice.folder
        let outcome = try await command.run(within: .seconds(1_800))
        #expect(outcome.status == 0, "\(outcome.testDescription)")
        #expect(!server.log.contains("a request failed"))
    }
}
