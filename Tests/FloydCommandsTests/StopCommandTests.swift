import FloydAPI
import FloydModel
import Foundation
import Testing

@testable import FloydCommands

@Suite struct StopCommandTests {
    private let latest = "POST /api/v1/jobs/alice%2Fprojects%2Fclassify/stop"
    private let project = "POST /api/v1/projects/classify/stop"

    private func world() throws -> TestWorld {
        let world = try TestWorld()
        try world.makeProject()
        world.server.on(latest, Sample.job(state: .stopping))
        world.server.on(project, ListResponse(items: [Sample.job(.shutdown), Sample.job(state: .stopping)]))
        return world
    }

    private func body(_ world: TestWorld) -> String {
        String(decoding: world.server.requests.last?.body ?? [], as: UTF8.self)
    }

    @Test(arguments: [
        ([], ""), (["--now"], #"{"grace":0}"#), (["--grace", "30s"], #"{"grace":30}"#),
        (["--grace", "10m"], #"{"grace":600}"#), (["--grace", "2h"], #"{"grace":7200}"#),
        (["--grace", "45"], #"{"grace":45}"#), (["--grace", "0"], #"{"grace":0}"#),
    ])
    func theGraceReachesTheServer(_ words: [String], _ expected: String) throws {
        let world = try world()
        #expect(CommandLineTool.run(["stop"] + words, in: world.context) == 0, "\(world.errors.text)")
        #expect(world.server.lines == [latest])
        #expect(body(world) == expected)
        #expect(world.output.text == "alice/projects/classify/1 is being stopped.\n")
        #expect(CommandLineTool.run(["stop", "--all"] + words, in: world.context) == 0)
        #expect(world.server.lines.last == project)
        #expect(body(world) == expected)
    }

    @Test(arguments: [
        (["--grace", "soon"], "no grace period"), (["--grace", "1500ms"], "no grace period"),
        (["--grace", "2d"], "no grace period"), (["--grace=-1s"], "no grace period"),
        (["--grace", "5s", "--now"], "exclude each other"), (["--all", "classify/3"], "not the name of a project"),
        (["--all", "eo4LZmQVs9JMwW6xB8hta5"], "not the name of a project"), (["a", "b"], "b"),
    ])
    func mistakesAreRefusedAtOnce(_ words: [String], _ message: String) throws {
        let world = try world()
        #expect(CommandLineTool.run(["stop"] + words, in: world.context) == 64)
        #expect(world.errors.text.contains(message), "\(world.errors.text)")
        #expect(world.server.lines.isEmpty)
    }

    @Test func allSaysWhich() throws {
        let world = try world()
        #expect(world.run("stop", "--all") == 0)
        #expect(
            world.output.text
                == "alice/projects/classify/1 is stopped.\nalice/projects/classify/1 is being stopped.\n"
        )
        #expect(world.server.lines == [project])
        #expect(world.run("stop", "--all", "--json", "classify") == 0)
        let start = world.output.text.firstIndex(of: "{") ?? world.output.text.startIndex
        let document = Data(world.output.text[start...].utf8)
        #expect(try MessageCoding.decode(ListResponse<JobResponse>.self, from: document).items.count == 2)
    }

    @Test func nothingToStopIsSaid() throws {
        let world = try world()
        world.server.on("POST /api/v1/projects/other/stop", ListResponse<JobResponse>(items: []))
        #expect(world.run("stop", "--all", "other") == 0)
        #expect(world.output.text.isEmpty)
        #expect(world.errors.text == "No job of other waits or runs.\n")
    }

    @Test func onlyOnesOwnProjectIsStopped() throws {
        let world = try world()
        let (own, other) = ("alice%2Fprojects%2Fclassify", "bob%2Fprojects%2Fclassify")
        world.server.on("POST /api/v1/projects/\(own)/stop", ListResponse<JobResponse>(items: []))
        world.server.on("POST /api/v1/projects/\(other)/stop", fails: FloydError(.forbidden, "it is not yours"))
        #expect(world.run("stop", "--all", "alice/projects/classify") == 0)
        #expect(world.run("stop", "--all", "bob/classify") == 77)
        #expect(world.server.lines.count == 2)
        try world.makeProject(of: "bob")
        #expect(world.run("stop", "--all") == 77)
        #expect(world.server.lines.count == 2)
    }

    @Test func allNeedsAProject() throws {
        let world = try TestWorld()
        #expect(world.run("stop", "--all") == 66)
        #expect(world.server.lines.isEmpty)
    }

    @Test func aJobThatHasEndedIsTheServersConflict() throws {
        let world = try world()
        world.server.on(latest, fails: FloydError(.conflict, "alice/projects/classify/1 has ended: success"))
        #expect(world.run("stop", "--now") == 75)
        #expect(world.errors.text == "floydlite: error: alice/projects/classify/1 has ended: success\n")
    }
}
