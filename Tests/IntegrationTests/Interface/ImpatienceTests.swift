import FloydConformance
import Foundation
import Glibc
import Testing

/// The tool while it waits for a server: it can be ended at once, and goes on when the server is there.
@Suite(.scene, .tags(.integration))
struct ImpatienceTests {
    /// Why a command has to wait.
    enum Hindrance: String, CaseIterable, CustomTestStringConvertible {
        case refused, busy

        var testDescription: String { self == .refused ? "nobody listens" : "503 with Retry-After: 25" }
    }

    private struct Setting {
        var server: Server
        var alice: Person
        var job: String

        /// Commands of all kinds, each with the folder that it stands in.
        var commands: [(words: [String], folder: String)] {
            [
                (["status"], "p"), (["run", "true"], "p"), (["upload", "others"], "others"), (["info", job], "p"),
                (["logs", "-t", job], "p"), (["output", job, "--download", "got"], "."),
            ]
        }

        /// All that the person has, but what the tool remembers of files' hashes.
        func files() throws -> [String] {
            try FileManager.default.subpathsOfDirectory(atPath: alice.folder).filter { !$0.hasPrefix(".cache") }
                .sorted()
        }
    }

    private static func setting() async throws -> Setting {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try alice.write("x\n", to: "others/x.txt")
        try await alice.makeProject("p")
        let job = try await alice.submit("echo x > /output/x", in: "p")
        _ = try await alice.job(job, is: "finished")
        return Setting(server: server, alice: alice, job: job)
    }

    /// A server that always says to come again after that many seconds, and a line for each request.
    private static func busyServer(port: Int, seconds: Int) async throws -> Child {
        let script = """
            import http.server, sys
            class Handler(http.server.BaseHTTPRequestHandler):
                def answer(self):
                    self.rfile.read(int(self.headers.get("Content-Length", 0)))
                    print("asked", self.command, self.path, flush=True)
                    self.send_response(503)
                    self.send_header("Retry-After", sys.argv[2])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                do_GET = do_POST = do_HEAD = do_PATCH = answer
                def log_message(self, *words):
                    pass
            server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
            print("ready", flush=True)
            server.serve_forever()
            """
        let child = try await Command(
            program: "/usr/bin/python3",
            arguments: ["-c", script, "\(port)", "\(seconds)"],
            environment: Command.basicEnvironment
        ).start()
        try Scene.current.atEnd {
            child.signal(SIGKILL)
            _ = try? await child.end()
        }
        try await child.outputLine(with: "ready")
        return child
    }

    @Test(
        "A signal ends it at once while it waits to try again, and leaves nothing half done",
        arguments: Hindrance.allCases,
        [SIGINT, SIGTERM]
    )
    func interrupted(_ hindrance: Hindrance, signal: Int32) async throws {
        let setting = try await Self.setting()
        let (server, alice) = (setting.server, setting.alice)
        let files = try setting.files()
        let stored = try await server.stored()
        await server.stop()
        let busy = hindrance == .busy ? try await Self.busyServer(port: server.port, seconds: 25) : nil
        for (words, folder) in setting.commands {
            let tool = try await alice.command(words, in: folder).start()
            let notice = try await tool.errorLine(with: "trying again", within: .seconds(5))
            #expect(notice.hasPrefix("floydlite: ") && notice.contains(server.address), "\(notice)")
            tool.signal(signal)
            let outcome = try await tool.outcome(within: .seconds(3))
            #expect(outcome.status == 128 + signal, "\(outcome.testDescription)")
            #expect(outcome.output.isEmpty, "\(outcome.testDescription)")
            let rest = outcome.errorText.split(separator: "\n").filter { $0 != notice }
            #expect(rest.isEmpty, "\(outcome.testDescription)")
        }
        busy?.signal(SIGKILL)
        _ = try await busy?.end()
        try await server.start()
        #expect(try setting.files() == files)
        #expect(try await server.stored() == stored)
        // And all of it can be done now.
        for (words, folder) in setting.commands {
            let outcome = try await alice.command(words, in: folder).run()
            #expect(outcome.status == 0, "\(outcome.testDescription)")
        }
    }

    @Test("A server that comes while it tries again answers as if it had been there", arguments: Hindrance.allCases)
    func late(_ hindrance: Hindrance) async throws {
        let setting = try await Self.setting()
        let (server, alice) = (setting.server, setting.alice)
        let jobs = try await server.stored().rows["jobs"]
        await server.stop()
        let busy = hindrance == .busy ? try await Self.busyServer(port: server.port, seconds: 3) : nil
        var tools: [Child] = []
        for (words, folder) in setting.commands {
            tools.append(try await alice.command(words, in: folder).start())
        }
        for tool in tools { try await tool.errorLine(with: "trying again", within: .seconds(5)) }
        if let busy {
            busy.signal(SIGKILL)
            // None of them came again before its time.
            let said = try await busy.outcome().text
            #expect(said.components(separatedBy: "asked").count == tools.count + 1, "\(said)")
        }
        try await server.start()
        for tool in tools {
            let outcome = try await tool.outcome()
            #expect(outcome.status == 0, "\(outcome.testDescription)")
            #expect(outcome.errorText.components(separatedBy: "trying again").count == 2, "\(outcome.testDescription)")
        }
        #expect(try await server.stored().rows["jobs"] == jobs.map { $0 + 1 })
        #expect(try alice.read("got/x") == "x\n")
    }
}
