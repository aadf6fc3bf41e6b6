import FloydConformance
import Foundation
import Glibc
import Testing

/// A server that is told to stop while somebody still sends to it.
@Suite(.scene, .tags(.integration))
struct DrainTests {
    @Test("while an upload is under way every listener says when to come again, and the tool does whatever it was told")
    func restart() async throws {
        let folder = try Scene.current.folder
        let socket = "\(folder)/d.sock"
        let server = try await Server.start(
            config: Server.plainConfig + """

                local_socket: {path: \(socket)}
                metrics: {listen: "127.0.0.1:0"}
                http: {shutdown_grace: 60s}
                """
        )
        let alice = try await server.person("alice")
        try await alice.makeProject("p")
        let job = try await alice.submit("until [ -e end ]; do sleep 0.02; done", in: "p")
        _ = try await alice.job(job, is: "running")
        let line = try #require(server.log.split(separator: "\n").first { $0.contains("metrics on http://") })
        let metrics = try #require(line.split(separator: " ").last.map(String.init))
        let sender = try await slowUpload(server, alice, metrics)

        async let ended = server.stop()
        let places = [
            ["\(server.address)/healthz"], ["--unix-socket", socket, "http://localhost/healthz"],
            ["\(metrics)/healthz"],
        ]
        for place in places {
            let refusal = try await eventually("the refusal") {
                let text = try await Self.curl(["-i"] + place).text
                return text.contains("shutting_down") ? text : nil
            }
            #expect(refusal.hasPrefix("HTTP/1.1 503 ") && refusal.contains("\r\nRetry-After: 1\r\n"))
            #expect(refusal.contains("\r\nConnection: close\r\n"))
        }
        // The one may be repeated, the other only because nothing was done.
        let tools = [
            try await alice.command(["run", "true"], in: "p").start(), try await alice.command(["stop", job]).start(),
        ]
        for tool in tools { try await tool.errorLine(with: "the server is shutting down; trying again") }
        #expect(!sender.hasEnded)
        sender.signal(SIGKILL)
        #expect(await ended == 0)
        try await server.start()
        for tool in tools {
            let outcome = try await tool.outcome()
            #expect(outcome.status == 0, "\(outcome.testDescription)")
        }
        _ = try await alice.job(job, is: "finished")
    }

    private static func curl(_ words: [String]) async throws -> Outcome {
        var command = Command(program: "/usr/bin/curl", arguments: ["-sS", "-m", "5"] + words)
        command.environment = Command.basicEnvironment
        return try await command.run()
    }

    /// A client that sends for a minute and a half, and has begun to.
    private func slowUpload(_ server: Server, _ alice: Person, _ metrics: String) async throws -> Child {
        let hash = String(repeating: "a", count: 64)
        let manifest = #"{"path":"x","type":"file","size":9000000,"blake3":"\#(hash)"}"# + "\n"
        let upload = try #require(try await server.upload(manifest, token: alice.token).json()["id"]?.string)
        let file = try alice.write(String(repeating: "x", count: 9_000_000), to: "large")
        var command = Command(program: "/usr/bin/curl")
        command.arguments = [
            "-sS", "--limit-rate", "100k", "-X", "PATCH", "--data-binary", "@\(file)",
            "-H", "Authorization: Bearer \(alice.token)", "-H", "Tus-Resumable: 1.0.0", "-H", "Upload-Offset: 0",
            "-H", "Content-Type: application/offset+octet-stream", "\(server.address)/api/v1/uploads/\(upload)",
        ]
        command.environment = Command.basicEnvironment
        // The job's code was uploaded, too.
        let before = try await Self.uploadedBytes(metrics)
        let child = try await command.start()
        try Scene.current.atEnd { child.signal(SIGKILL) }
        _ = try await eventually("the first bytes") { try await Self.uploadedBytes(metrics) > before ? true : nil }
        return child
    }

    private static func uploadedBytes(_ metrics: String) async throws -> Int {
        let name = "floydlite_upload_bytes_total "
        let text = try await curl(["\(metrics)/metrics"]).text
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name) })
        return try #require(Int(line.dropFirst(name.count)))
    }
}
