import FloydAPI
import FloydModel
import Foundation
import Testing

@testable import FloydCommands

@Suite struct UploadsCommandTests {
    private static let other = ObjectID("qt4LZmQVs9JMwW6xB8hta5") ?? ObjectID()

    /// A server with two uploads.
    private func world() throws -> TestWorld {
        let world = try TestWorld()
        var first = Sample.upload(.receiving, length: 2_000_000, missing: 2, files: 2)
        first.offset = 500_000
        first.created = Date(timeIntervalSince1970: 1_795_325_238)
        first.expires = Date(timeIntervalSince1970: 1_795_400_000)
        var second = first
        second.id = Self.other
        second.archive = ArchiveResponse(
            dataset: try Name("modelnet"),
            message: nil,
            metadata: nil,
            version: nil,
            problem: nil
        )
        world.server.on("GET /api/v1/uploads", ListResponse(items: [first, second]))
        for id in [Sample.uploadID, Self.other] {
            world.server.on("DELETE /api/v1/uploads/\(id)") { _ in (204, [:], []) }
        }
        return world
    }

    private func deleted(in world: TestWorld) -> [String] {
        world.server.lines.filter { $0.hasPrefix("DELETE") }
    }

    @Test func listsThem() throws {
        let world = try world()
        #expect(world.run("data", "uploads") == 0, "\(world.errors.text)")
        let lines = world.output.text.split(separator: "\n").map {
            $0.split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        #expect(lines[0] == ["UPLOAD ID", "CREATED", "STATUS", "RECEIVED", "SIZE", "EXPIRES", "FOR"])
        #expect(
            lines[2] == [
                "\(Sample.uploadID)", "1 minute ago", "receiving", "500 kB", "2.00 MB",
                "2026-11-23T02:13:20.000Z", "2 files",
            ]
        )
        #expect(lines[3].last == "dataset modelnet")
        #expect(deleted(in: world).isEmpty)
    }

    @Test func inJSONIsTheInterfacesList() throws {
        let world = try world()
        #expect(world.run("data", "uploads", "--json") == 0)
        let list = try MessageCoding.decode(ListResponse<UploadResponse>.self, from: Data(world.output.bytes))
        #expect(list.items.map(\.id) == [Sample.uploadID, Self.other])
        let empty = try TestWorld()
        empty.server.on("GET /api/v1/uploads", ListResponse<UploadResponse>(items: []))
        #expect(empty.run("data", "uploads") == 0)
        #expect(empty.output.text.isEmpty && empty.errors.text.contains("no unfinished uploads"))
        #expect(empty.run("data", "uploads", "--json") == 0)
        #expect(empty.output.text.contains("items"))
    }

    @Test func asksBeforeItGivesUp() throws {
        let world = try world()
        #expect(world.run("data", "uploads", "--abandon", "\(Self.other)") == 64)
        #expect(world.errors.text.contains("Say so with -y."))
        var asked: [String] = []
        for isMeant in [false, true] {
            var context = world.context
            context.confirm = {
                asked.append($0)
                return isMeant
            }
            let words = ["data", "uploads", "--abandon", "\(Self.other)", "\(Self.other)"]
            #expect(CommandLineTool.run(words, in: context) == 0)
            #expect(deleted(in: world).isEmpty == !isMeant)
        }
        #expect(asked == Array(repeating: "Give up the upload \(Self.other) (500 kB of 2.00 MB)?", count: 2))
        #expect(world.errors.text.contains("Nothing was given up."))
        #expect(deleted(in: world) == ["DELETE /api/v1/uploads/\(Self.other)"])
        #expect(world.output.text == "Gave up \(Self.other)\n")
    }

    @Test func oneThatIsBeingSentKeepsNoneOfTheOthers() throws {
        let world = try world()
        let busy = FloydError(.locked, "another request writes to this upload")
        world.server.on("DELETE /api/v1/uploads/\(Sample.uploadID)", fails: busy)
        #expect(world.run("data", "uploads", "--abandon", "--all", "-y") != 0)
        #expect(world.output.text == "Gave up \(Self.other)\n")
        #expect(world.errors.text.contains("the upload \(Sample.uploadID) is just being sent"))
    }

    @Test func oneThatIsGoneMeanwhileIsGivenUp() throws {
        let world = try world()
        let gone = FloydError(.notFound, "there is no upload \(Self.other)")
        world.server.on("DELETE /api/v1/uploads/\(Self.other)", fails: gone)
        #expect(world.run("data", "uploads", "--abandon", "\(Self.other)", "-y") == 0)
        #expect(world.output.text == "Gave up \(Self.other)\n")
    }

    @Test(arguments: [["--all"], ["x"], ["--abandon"], ["--abandon", "--all", "x"]])
    func whatMakesNoSenseIsRefusedBeforeAnythingIsAsked(_ words: [String]) throws {
        let world = try world()
        #expect(CommandLineTool.run(["data", "uploads", "-y"] + words, in: world.context) == 64)
        #expect(world.server.lines.isEmpty)
    }

    @Test func anUnknownOneIsNamedAndNothingGoes() throws {
        let world = try world()
        let words = ["data", "uploads", "-y", "--abandon", "\(Self.other)", "nonsense"]
        #expect(CommandLineTool.run(words, in: world.context) != 0)
        #expect(world.errors.text.contains("nonsense"))
        #expect(deleted(in: world).isEmpty)
    }

    @Test func theFolderIsNamedAndItsNextUploadBeginsAnew() throws {
        let world = try world()
        try world.makeDataset()
        try world.write("first", to: "a")
        let path = "/api/v1/uploads/\(Sample.uploadID)"
        let dataset = "/api/v1/datasets/alice%2Fdatasets%2Fmodelnet"
        world.server.on("GET /api/v1/dataset-versions?limit=1", ListResponse<DatasetVersionResponse>(items: []))
        world.server.on(
            "GET /api/v1/dataset-versions?dataset=alice%2Fdatasets%2Fmodelnet&limit=1",
            ListResponse<DatasetVersionResponse>(items: [])
        )
        world.server.on("POST /api/v1/uploads", status: 201, Sample.upload(.receiving, length: 5, missing: 1, files: 1))
        world.server.on("PATCH \(path)", fails: FloydError(.unreachable, "the network is gone"))
        #expect(world.run("data", "upload") != 0)
        #expect(world.run("data", "uploads") == 0)
        #expect(world.output.text.contains(world.folder))

        #expect(world.run("data", "uploads", "--abandon", "\(Sample.uploadID)", "-y") == 0)
        let gone = FloydError(.notFound, "there is no upload \(Sample.uploadID)")
        world.server.on("GET \(path)", fails: gone)
        world.server.on("DELETE \(path)", fails: gone)
        world.server.on("PATCH \(path)") { _ in (204, ["upload-offset": "5"], []) }
        world.server.on("POST \(path)/commit", Sample.upload(.committed, files: 1))
        world.server.on("POST \(dataset)/versions", status: 201, Sample.version())
        let said = world.errors.text
        #expect(world.run("data", "upload") == 0, "\(world.errors.text)")
        #expect(world.errors.text == said)
        #expect(world.server.lines.count { $0 == "POST /api/v1/uploads" } == 2)
    }
}
