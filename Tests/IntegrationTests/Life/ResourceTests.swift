import FloydConformance
import Foundation
import Testing

/// Who gets what, and who waits for it.
@Suite(.scene, .tags(.integration))
struct ResourceTests {
    @Test("Each job sees its own GPU alone; the third waits and says why, and no CPU job behind it waits for that")
    func assignment() async throws {
        let config = """
            resources: {cpus: 8, gpus: [0, 1]}
            instance_types: {cpu: {cpus: 2}, gpu: {gpus: 1, cpus: 2}}
            """
        let server = try await Server.start(config: config)
        let alice = try await server.person("alice")
        try await alice.makeProject("cards")
        let wait = "echo \"cards <$CUDA_VISIBLE_DEVICES>\"; while [ ! -e go ]; do sleep 0.02; done"
        var jobs: [String] = []
        for _ in 1...3 { jobs.append(try await alice.submit("--gpu", wait, in: "cards")) }
        var seen: Set<String> = []
        for job in jobs.prefix(2) {
            seen.insert(try await alice.command(["logs", "--raw", "-t", job]).start().outputLine(with: "cards <"))
        }
        #expect(seen.count == 2)
        #expect(seen.allSatisfy { $0.utf8.count > "cards <>".utf8.count && !$0.contains(",") }, "\(seen)")
        let held = try await [alice.json("info", jobs[0]), alice.json("info", jobs[1])].map { $0["gpus"]?.items }
        #expect(Set(held) == [[.number(0)], [.number(1)]])

        let third = try await alice.json("info", jobs[2])
        #expect(third["state"]?.string == "queued")
        #expect(third["reason"]?.string?.contains("GPU (0 of 2 free)") == true, "\(third)")
        #expect(try await alice.succeed("info", jobs[2]).text.contains("GPU (0 of 2 free)"))
        let behind = try await alice.floydlite(
            "run",
            "-f",
            "--cpu",
            "echo \"cards <$CUDA_VISIBLE_DEVICES>\"",
            in: "cards"
        )
        #expect(behind.lines.contains { $0.hasSuffix("INFO - cards <>") }, "\(behind.testDescription)")
        #expect(try await alice.json("info", jobs[2])["state"]?.string == "queued")

        try server.signal(jobs[0], "go")
        #expect(try await alice.job(jobs[2], is: "running")["gpus"]?.items == held[0])
    }

    @Test("First come, first served among those that want the same")
    func order() async throws {
        let server = try await Server.start(config: "resources: {cpus: 2, gpus: []}")
        let alice = try await server.person("alice")
        let bob = try await server.person("bob")
        try await alice.makeProject("queue")
        try await bob.makeProject("queue")
        let first = try await alice.submit("while [ ! -e go ]; do sleep 0.02; done", in: "queue")
        var waiting: [(Person, String)] = []
        for person in [alice, bob, alice, bob] {
            waiting.append((person, try await person.submit("true", in: "queue")))
        }
        for (place, (person, id)) in waiting.enumerated() {
            let reason = try await person.json("info", id)["reason"]?.string ?? ""
            #expect(
                reason.hasSuffix(place == 0 ? "next in the queue" : "\(place) job\(place == 1 ? "" : "s") before it"),
                "\(reason)"
            )
        }
        try server.signal(first, "go")
        var begun: [String] = []
        for (person, id) in waiting { begun.append(try await person.job(id, is: "finished")["started"]?.string ?? "") }
        #expect(begun == begun.sorted())
    }
}
