import FloydConformance
import FloydOS
import Foundation
import Glibc
import Testing

/// Uploads that nobody finishes, with the real programs.
@Suite(.scene, .tags(.integration))
struct AbandonedUploadTests {
    @Test("What a broken upload holds of the quota is seen, given up, and free at once")
    func abandoned() async throws {
        let server = try await Server.start(
            config: Server.plainConfig + "\nstorage: {grace: 0s, quotas: {alice: 2KiB}}"
        )
        let alice = try await server.person("alice")
        try alice.write(String(repeating: "x", count: 1_500), to: "first/x")
        try alice.write(String(repeating: "y", count: 1_600), to: "second/y")
        _ = await server.stop()
        try await server.start(environment: [Failpoint.variable: Failpoint.uploadReceived.rawValue])
        let sender = try await alice.command(["upload", "first"], in: "first").start()
        #expect(try await server.end() == 128 + SIGKILL)
        try await sender.errorLine(with: "trying again")
        sender.signal(SIGINT)
        #expect(try await sender.end() == 128 + SIGINT)
        try await server.start()

        let refused = try await alice.floydlite("upload", "second", in: "second")
        #expect(refused.status == 75, "\(refused.testDescription)")
        #expect(refused.errorText.contains("floydlite data uploads"))
        let listed = try await alice.json("data", "uploads")
        let upload = try #require(listed["items"]?.items.first)
        let id = try #require(upload["id"]?.string)
        #expect(listed["items"]?.items.count == 1)
        #expect(upload["length"]?.integer == 1_500)
        #expect(try await alice.succeed("data", "uploads").text.contains("\(alice.folder)/first"))
        let answer = try await server.get("/api/v1/uploads?limit=1", token: alice.token)
        #expect(try answer.json()["items"]?.items.map { $0["id"]?.string } == [id])

        let unsure = try await alice.floydlite("data", "uploads", "--abandon", "--all")
        #expect(unsure.status == 64 && unsure.errorText.contains("Say so with -y."))
        try await alice.succeed("data", "uploads", "--abandon", id, "-y")
        #expect(try await alice.json("data", "uploads")["items"]?.items.isEmpty == true)
        let anew = try await alice.succeed("data", "upload", in: "first")
        #expect(!anew.errorText.contains("Going on") && !anew.errorText.contains(id), "\(anew.testDescription)")
        #expect(try await alice.json("data", "uploads")["items"]?.items.isEmpty == true)
    }
}
