import FloydConformance
import Foundation
import Testing

/// The tutorial's commands word for word, with a small model and small data.
@Suite(.scene, .tags(.integration))
struct TutorialTests {
    @Test("From login to logout, as the tutorial has it", arguments: Actor.all)
    func wholeTutorial(actor: Actor) async throws {
        let server = try await Server.start(as: actor)
        let alice = try await server.person("alice")
        try alice.write(Perceptron.data, to: "data/modelnet10.npz")
        try alice.write(Perceptron.script, to: "src/main.py")

        let initialised = try await alice.succeed("data", "init", "modelnet", in: "data")
        #expect(initialised.text.contains("alice/datasets/modelnet"))
        try await alice.succeed("data", "upload", in: "data")
        let versions = try await alice.succeed("data", "status", in: "data")
        let row = try #require(versions.lines.dropFirst(2).first)
        #expect(row.contains("alice/datasets/modelnet/1"))
        #expect(row.contains("valid"))
        let dataset = try #require(row.split(separator: " ").first { $0.utf8.count == 22 }.map(String.init))

        try await alice.succeed("init", "classify-modelnet", in: "src")
        for source in [dataset, "modelnet", "modelnet/1", "alice/modelnet/1", "alice/datasets/modelnet/1"] {
            let job = try await alice.submit(
                "--env",
                "keras",
                "--gpu",
                "--data",
                source,
                "python main.py /input/modelnet10.npz /output",
                in: "src"
            )
            let followed = try await alice.succeed("logs", "-t", job, in: "src")
            #expect(followed.lines.contains { $0.hasSuffix("INFO - learned from 116 points") })
            let details = try await alice.json("info", job, in: "src")
            #expect(details["outcome"]?.string == "success")
            #expect(details["data"]?.items.first?["source"]?.string == "alice/datasets/modelnet/1")
            #expect(details["data"]?.items.first?["path"]?.string == "/input")
        }

        let status = try await alice.succeed("status", in: "src")
        for number in 1...5 { #expect(status.text.contains("alice/projects/classify-modelnet/\(number) ")) }
        // Nothing and a number mean this project's.
        #expect(try await alice.json("info", in: "src")["name"]?.string == "alice/projects/classify-modelnet/5")
        #expect(try await alice.json("info", "2", in: "src")["name"]?.string == "alice/projects/classify-modelnet/2")

        let results = try await alice.succeed("output", "classify-modelnet/3")
        #expect(results.text.contains("accuracy.txt"))
        #expect(results.text.contains("model/weights.json"))
        try await alice.succeed("output", "3", "--download", "results", in: "src")
        #expect(try alice.read("src/results/accuracy.txt") == "1.0\n")
        #expect(try JSON(alice.read("src/results/model/weights.json").utf8).items.count == 3)

        #expect(try await alice.succeed("version").text.hasPrefix("floydlite "))
        try await alice.succeed("logout")
        let refused = try await alice.floydlite("status", in: "src")
        #expect(refused.status == 77, "\(refused.testDescription)")
        #expect(refused.errorText.contains("floydlite login"))
    }

    @Test("Login takes the token from a flag, from standard input and from the environment")
    func login() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.succeed("logout")
        let piped = try await alice.succeed("login", "--host", server.address, input: "\(alice.token)\n")
        #expect(piped.text.contains("alice"))
        #expect(!piped.text.contains(alice.token) && !piped.errorText.contains(alice.token))
        let mode = try FileManager.default.attributesOfItem(atPath: "\(alice.settings)/floydlite/config.json")
        #expect(mode[.posixPermissions] as? Int == 0o600)
        try await alice.succeed("logout")
        let variables = ["FLOYDLITE_HOST": server.address, "FLOYDLITE_TOKEN": alice.token]
        let status = try await alice.floydlite("status", environment: variables)
        #expect(status.status == 0, "\(status.testDescription)")

        let wrong = try await alice.floydlite("login", "--host", server.address, "--token", "floyd_wrong")
        #expect(wrong.status == 77, "\(wrong.testDescription)")
        // Nothing of it was kept.
        #expect(try await alice.floydlite("status").status == 77)
    }

    @Test("A job's output is data for the next")
    func chain() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("chain")
        let first = try await alice.submit("echo learned > /output/weights", in: "chain")
        _ = try await alice.job(first, is: "finished")
        for source in ["chain/1/output:model", "1/output:/model", "alice/projects/chain/1/output:model"] {
            let next = try await alice.floydlite(
                "run",
                "-f",
                "--data",
                source,
                "cat /model/weights /floyd/input/model/weights; touch /model/mine",
                in: "chain"
            )
            #expect(next.status == 1, "\(next.testDescription)")
            #expect(next.lines.count { $0.hasSuffix("INFO - learned") } == 2, "\(next.testDescription)")
            #expect(next.text.contains("Read-only file system"), "\(next.testDescription)")
        }
    }
}
