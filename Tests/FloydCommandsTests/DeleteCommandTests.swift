import FloydAPI
import FloydModel
import Foundation
import Testing

@testable import FloydCommands

@Suite struct DeleteCommandTests {
    private let job = "/api/v1/jobs/\(Sample.id)"

    private func job(_ number: Int, id: ObjectID = ObjectID(), outputDeleted: Date? = nil) -> JobResponse {
        var job = Sample.job(.success)
        job.id = id
        job.name = "alice/projects/classify/\(number)"
        job.outputDeleted = outputDeleted
        return job
    }

    /// A server with two jobs that have ended, and the number of the second.
    private func world() throws -> (world: TestWorld, second: ObjectID) {
        let world = try TestWorld()
        let second = ObjectID()
        world.server.on("GET /api/v1/jobs/classify%2F1", job(1, id: Sample.id))
        world.server.on("GET /api/v1/jobs/classify%2F2", job(2, id: second))
        for path in [job, "\(job)/output", "/api/v1/jobs/\(second)"] {
            world.server.on("DELETE \(path)") { _ in (204, [:], []) }
        }
        return (world, second)
    }

    private func run(_ words: [String], in world: TestWorld, asked: inout [String], answer: (String) -> Bool) -> Int32 {
        var questions: [String] = []
        let status = withoutActuallyEscaping(answer) { answer in
            var context = world.context
            context.confirm = {
                questions.append($0)
                return answer($0)
            }
            return CommandLineTool.run(words, in: context)
        }
        asked = questions
        return status
    }

    @Test func asksOfEach() throws {
        let (world, second) = try world()
        // Nobody to ask.
        #expect(world.run("delete", "classify/1") == 64)
        #expect(world.errors.text.contains("Say so with -y."))
        var asked: [String] = []
        #expect(run(["delete", "classify/1"], in: world, asked: &asked) { _ in false } == 0)
        #expect(world.errors.text.contains("Nothing was deleted."))
        #expect(!world.server.lines.contains { $0.hasPrefix("DELETE") })
        let words = ["delete", "classify/1", "classify/2", "classify/1"]
        #expect(run(words, in: world, asked: &asked) { $0.contains("/2") } == 0)
        #expect(
            asked == [1, 2].map { "Delete alice/projects/classify/\($0) with its code, logs and results?" }
        )
        #expect(world.server.lines.filter { $0.hasPrefix("DELETE") } == ["DELETE /api/v1/jobs/\(second)"])
        #expect(world.output.text == "Deleted alice/projects/classify/2\n")
        #expect(run(["delete", "-y", "classify/1"], in: world, asked: &asked) { _ in false } == 0)
        #expect(asked.isEmpty && world.server.lines.last == "DELETE \(job)")
    }

    @Test func outputsGoAlone() throws {
        let (world, _) = try world()
        var asked: [String] = []
        #expect(run(["delete", "classify/1", "--output"], in: world, asked: &asked) { _ in true } == 0)
        #expect(asked == ["Delete the output of alice/projects/classify/1?"])
        #expect(world.server.lines.last == "DELETE \(job)/output")
        #expect(world.output.text == "Deleted the output of alice/projects/classify/1\n")
        world.server.on("GET /api/v1/jobs/classify%2F1", job(1, id: Sample.id, outputDeleted: Date()))
        #expect(world.run("delete", "classify/1", "--output", "-y") == 68)
        #expect(world.errors.text.contains("was deleted before"))
        #expect(world.run("delete", "classify/1", "-y", "--json") == 0)
        #expect(world.output.text.contains("\"items\""))
    }

    @Test(arguments: [JobState.queued, .starting, .running, .stopping])
    func whatLivesIsRefusedBeforeAnythingGoes(state: JobState) throws {
        let (world, _) = try world()
        world.server.on("GET /api/v1/jobs/classify%2F2", Sample.job(state: state))
        #expect(world.run("delete", "-y", "classify/1", "classify/2") == 75)
        #expect(!world.server.lines.contains { $0.hasPrefix("DELETE") })
        #expect(world.errors.text.contains("floydlite stop"))
    }

    @Test func takesJobsAlone() throws {
        let (world, _) = try world()
        #expect(world.run("delete") == 64)
        #expect(world.run("delete", "-y", "classify") == 64)
        let project = ObjectID()
        world.server.on("GET /api/v1/jobs/\(project)", job(7))
        #expect(world.run("delete", "-y", "\(project)") == 64)
        #expect(!world.server.lines.contains { $0.hasPrefix("DELETE") })
        #expect(world.errors.text.contains("names a project, not a job"))
        // A number means something in a folder alone.
        #expect(world.run("delete", "-y", "1") == 66)
        try world.makeProject()
        world.server.on("GET /api/v1/jobs/alice%2Fprojects%2Fclassify%2F1", job(1, id: Sample.id))
        #expect(world.run("delete", "-y", "1") == 0)
    }

    @Test func whatWasDeletedBeforeAnErrorIsTold() throws {
        let (world, second) = try world()
        let busy = FloydError(.conflict, "alice/projects/classify/2 can't be deleted: alice/projects/x/7 uses it")
        world.server.on("DELETE /api/v1/jobs/\(second)", fails: busy)
        #expect(world.run("delete", "-y", "classify/1", "classify/2") == 75)
        #expect(world.output.text == "Deleted alice/projects/classify/1\n")
        #expect(world.errors.text.contains("alice/projects/x/7"))
    }

    @Test func aDeletedOutputIsSaidWhereItIsLookedFor() throws {
        let (world, _) = try world()
        world.server.on("GET /api/v1/jobs/classify%2F1", job(1, outputDeleted: Date(timeIntervalSince1970: 1)))
        #expect(world.run("info", "classify/1") == 0)
        #expect(world.output.text.contains("deleted 1970-01-01T00:00:01"))
        try world.makeProject()
        try world.write("x", to: "main.py")
        let upload = Sample.upload(.receiving, length: 1, missing: 1, files: 1)
        world.server.on("POST /api/v1/uploads", status: 201, upload)
        world.server.on("DELETE /api/v1/uploads/\(Sample.uploadID)") { _ in (204, [:], []) }
        // Nothing is sent for a job that can't be.
        #expect(world.run("run", "--data", "classify/1/output:m", "true") == 68)
        #expect(world.errors.text.contains("the output of alice/projects/classify/1 was deleted"))
    }
}
