import FloydAPI
import FloydClient
import FloydModel
import Foundation
import Testing

@testable import FloydCommands

@Suite struct VersionCommandTests {
    private let version = "/api/v1/dataset-versions/\(Sample.id)"

    @Test func addMakesAVersionOfAJobsOutput() throws {
        let world = try TestWorld()
        try world.makeDataset()
        let dataset = "alice%2Fdatasets%2Fmodelnet"
        world.server.on("POST /api/v1/datasets/\(dataset)/versions", status: 201, Sample.version(2))
        #expect(world.run("data", "add", "classify/3", "-m", "weights") == 0, "\(world.errors.text)")
        let request = try #require(world.server.requests.first)
        let message = try MessageCoding.decode(CreateVersionRequest.self, from: Data(request.body))
        #expect(message == CreateVersionRequest(job: try Reference(parsing: "classify/3"), message: "weights"))
        #expect(world.output.text.contains("alice/datasets/modelnet/2"))
    }

    @Test func addTakesADatasetsName() throws {
        let world = try TestWorld()
        #expect(world.run("data", "add", "classify/3") == 66)
        let output = "GET /api/v1/jobs/classify%2F3/output?limit=500"
        func left(_ state: JobState, _ files: [String]) -> OutputResponse {
            OutputResponse(
                id: Sample.id,
                name: "alice/projects/classify/3/output",
                state: state,
                files: files.map { .init(path: $0, type: "file", size: 1, modified: Date()) },
                skipped: []
            )
        }
        // Nothing is made where there will be no version.
        #expect(world.run("data", "add", "classify/3", "weights") != 0)
        world.server.on(output, left(.running, ["model"]))
        #expect(world.run("data", "add", "classify/3", "weights") == 75)
        world.server.on(output, left(.finished, []))
        #expect(world.run("data", "add", "classify/3", "weights") != 0)
        #expect(!world.server.lines.contains("POST /api/v1/datasets"))
        world.server.on(output, left(.finished, ["model"]))
        world.server.on("POST /api/v1/datasets", try Sample.resource("alice/datasets/weights"))
        world.server.on("POST /api/v1/datasets/\(Sample.id)/versions", status: 201, Sample.version())
        #expect(world.run("data", "add", "classify/3", "weights", "--json") == 0, "\(world.errors.text)")
        #expect(world.output.text.contains("\"number\""))
        #expect(world.run("data", "add") == 64)
    }

    @Test func deleteAsksOnceForAll() throws {
        let world = try TestWorld()
        world.server.on("GET /api/v1/dataset-versions/modelnet%2F1", Sample.version(1))
        world.server.on("DELETE \(version)") { _ in (204, [:], []) }
        // Nobody to ask.
        #expect(world.run("data", "delete", "modelnet/1") == 64)
        #expect(!world.server.lines.contains("DELETE \(version)"))
        var asked: [String] = []
        func run(_ words: [String], answer: Bool) -> Int32 {
            var context = world.context
            context.confirm = {
                asked.append($0)
                return answer
            }
            return CommandLineTool.run(words, in: context)
        }
        #expect(run(["data", "delete", "modelnet/1"], answer: false) == 0)
        #expect(!world.server.lines.contains("DELETE \(version)"))
        #expect(world.errors.text.contains("Nothing was deleted."))
        #expect(run(["data", "delete", "modelnet/1", "modelnet/1"], answer: true) == 0)
        #expect(asked.count == 2 && asked[1] == "Delete alice/datasets/modelnet/1 (2.15 MB)?")
        #expect(world.server.lines.count { $0 == "DELETE \(version)" } == 1)
        #expect(world.output.text == "Deleted alice/datasets/modelnet/1\n")
        #expect(run(["data", "delete", "-y", "modelnet/1"], answer: false) == 0)
        #expect(asked.count == 2)
    }

    @Test func deleteTakesVersionsAlone() throws {
        let world = try TestWorld()
        #expect(world.run("data", "delete", "-y", "modelnet") == 64)
        let dataset = ObjectID()
        world.server.on("GET /api/v1/dataset-versions/\(dataset)", Sample.version(1))
        #expect(world.run("data", "delete", "-y", "\(dataset)") == 64)
        #expect(!world.server.lines.contains { $0.hasPrefix("DELETE") })
        #expect(world.errors.text.contains("names a dataset, not a version"))
    }

    @Test func whatWasDeletedBeforeAnErrorIsTold() throws {
        let world = try TestWorld()
        var other = Sample.version(2)
        other.id = ObjectID()
        world.server.on("GET /api/v1/dataset-versions/modelnet%2F1", Sample.version(1))
        world.server.on("GET /api/v1/dataset-versions/modelnet%2F2", other)
        world.server.on("DELETE \(version)") { _ in (204, [:], []) }
        let busy = FloydError(.conflict, "alice/datasets/modelnet/2 can't be deleted: alice/projects/x/7 uses it")
        world.server.on("DELETE /api/v1/dataset-versions/\(other.id)", fails: busy)
        #expect(world.run("data", "delete", "-y", "modelnet/1", "modelnet/2") == 75)
        #expect(world.output.text == "Deleted alice/datasets/modelnet/1\n")
        #expect(world.errors.text.contains("alice/projects/x/7"))
    }

    private func answer(_ messages: [VerifyMessage]) throws -> [UInt8] {
        try messages.flatMap { [UInt8](try MessageCoding.encode($0)) + [10] }
    }

    @Test func verifyNamesWhatIsDamaged() throws {
        let world = try TestWorld()
        world.server.on("GET /api/v1/dataset-versions/modelnet%2F1", Sample.version(1))
        var body = try answer([
            VerifyMessage(files: 1, bytes: 5), VerifyMessage(files: 3, bytes: 9, result: .whole),
        ])
        world.server.on("POST \(version)/verify") { _ in (200, [:], body) }
        #expect(world.run("data", "verify", "modelnet/1") == 0, "\(world.errors.text)")
        #expect(world.output.text == "alice/datasets/modelnet/1 is whole: 3 files, 9 B\n")
        body = try answer([
            VerifyMessage(files: 2, bytes: 5, damaged: .init(path: "b\u{1b}", reason: "is missing")),
            VerifyMessage(files: 3, bytes: 9, result: .damaged),
        ])
        #expect(world.run("data", "verify", "modelnet/1") == 1)
        #expect(world.output.text.contains("\"b\\u{1B}\" is missing\n"))
        #expect(world.run("data", "verify", "modelnet/1", "--json") == 1)
        #expect(world.output.text.contains("\"result\" : \"damaged\""))
    }

    @Test func aVerificationThatBreaksOffIsNoResult() throws {
        let world = try TestWorld()
        world.server.on("GET /api/v1/dataset-versions/modelnet%2F1", Sample.version(1))
        let body = try answer([VerifyMessage(files: 1, bytes: 5)])
        world.server.on("POST \(version)/verify") { _ in (200, [:], body) }
        #expect(world.run("data", "verify", "modelnet/1") == 69)
        let failed = try answer([
            VerifyMessage(files: 1, bytes: 5, damaged: .init(path: "", reason: "it was deleted"), result: .failed)
        ])
        world.server.on("POST \(version)/verify") { _ in (200, [:], failed) }
        #expect(world.run("data", "verify", "modelnet/1") == 75)
        #expect(world.errors.text.contains("it was deleted"))
    }

    @Test func statusShowsWhatIsShared() throws {
        let world = try TestWorld()
        try world.makeDataset()
        var second = Sample.version(2)
        second.shared = 1_520_000
        world.server.on(
            "GET /api/v1/dataset-versions?dataset=alice%2Fdatasets%2Fmodelnet",
            ListResponse(items: [second, Sample.version(1)])
        )
        #expect(world.run("data", "status") == 0)
        #expect(world.output.text.contains("SHARED"))
        #expect(world.output.text.contains("1.52 MB"))
    }
}
