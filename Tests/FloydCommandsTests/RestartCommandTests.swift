import FloydAPI
import FloydModel
import Foundation
import Testing

@testable import FloydCommands

@Suite struct RestartCommandTests {
    private let route = "POST /api/v1/jobs/classify%2F3/restart"

    private func world() throws -> TestWorld {
        let world = try TestWorld()
        world.server.on(route, status: 201, Sample.job(state: .queued))
        return world
    }

    private static func mount(_ source: String, _ mount: String? = nil) -> SubmitJobRequest.DataMount {
        .init(source: source, mount: mount)
    }

    @Test(
        arguments: [
            ([], .init()),
            (["python", "b.py"], .init(command: "python b.py")),
            (["--", "ls", "-l"], .init(command: "ls -l")),
            (["--env", "keras"], .init(environment: "keras")),
            (["--gpu"], .init(instanceType: "gpu")), (["--cpu2"], .init(instanceType: "cpu")),
            (["--data", "x/2:m", "--data", "y"], .init(data: [mount("x/2", "m"), mount("y")])),
            (["-m", "again"], .init(message: "again")),
            (["-r", "2h"], .init(maxRuntime: 7200)),
            (["--retries", "3"], .init(retries: 3)),
        ] as [([String], RestartJobRequest)]
    )
    func whatIsGivenReachesTheServerAndNothingElse(words: [String], expected: RestartJobRequest) throws {
        let world = try world()
        #expect(CommandLineTool.run(["restart", "classify/3"] + words, in: world.context) == 0, "\(world.errors.text)")
        #expect(world.server.lines == [route])
        let request = try #require(world.server.requests.last)
        #expect(try MessageCoding.decode(RestartJobRequest.self, from: Data(request.body)) == expected)
        #expect(request.headers["Idempotency-Key"] != nil)
    }

    @Test func printsWhatRunPrints() throws {
        let world = try world()
        #expect(world.run("restart", "classify/3") == 0)
        #expect(world.output.text.contains("RUN ID") && world.output.text.contains("alice/projects/classify/1"))
        #expect(world.output.text.contains("MOUNTING DIRECTORY"))
        #expect(world.errors.text.contains("floydlite logs -t alice/projects/classify/1"))
        #expect(world.run("restart", "classify/3", "--json") == 0)
        #expect(world.output.text.contains("\"instance_type\" : \"cpu\""))
    }

    @Test func numbersAreTheFoldersProjects() throws {
        let world = try world()
        #expect(world.run("restart", "3") == 66)
        #expect(world.run("restart", "classify/3", "--data", "2/output:m") == 66)
        try world.makeProject()
        world.server.on("POST /api/v1/jobs/alice%2Fprojects%2Fclassify%2F3/restart", status: 201, Sample.job())
        #expect(world.run("restart", "3", "--data", "2/output:m") == 0, "\(world.errors.text)")
        let body = try #require(world.server.requests.last?.body)
        #expect(
            try MessageCoding.decode(RestartJobRequest.self, from: Data(body)).data
                == [Self.mount("alice/projects/classify/2/output", "m")]
        )
    }

    @Test(arguments: [
        (["restart"], "Missing expected argument '<job>'"),
        (["restart", "classify/3", "--cpu", "--gpu"], "exclude each other"),
        (["restart", "classify/3", "-r", "soon"], "no longest run time"),
        (["restart", "classify/3", "--data", "x:a/b"], "the mount can't be used"),
        (["restart", "classify/3", "--data", "2"], "names no dataset"),
    ])
    func mistakesAreRefusedAtOnce(words: [String], message: String) throws {
        let world = try world()
        try world.makeProject()
        #expect(CommandLineTool.run(words, in: world.context) == 64)
        #expect(world.errors.text.contains(message), "\(world.errors.text)")
        #expect(world.server.lines.isEmpty)
    }

    @Test func aRefusalIsTold() throws {
        let world = try world()
        world.server.on(route, fails: FloydError(.conflict, "alice/projects/classify/3 has not ended yet"))
        #expect(world.run("restart", "classify/3") == 75)
        #expect(world.errors.text.contains("has not ended yet"))
    }
}
