import FloydBlobs
import FloydAPI
import FloydModel
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct DataServiceTests {
    private let dataset = Reference(.name(owner: nil, name: .numbers, number: nil))

    private func version(_ world: World, _ text: String, message: String? = nil) async throws -> DatasetVersionResponse
    {
        _ = try await world.data.createDataset(.numbers, as: world.alice)
        let upload = try await world.upload([.file("n.txt", text)], as: world.alice)
        return try await world.data.addVersion(to: dataset, .init(upload: upload, message: message), as: world.alice)
    }

    @Test func makesWhatIsNotThereAndAnswersWhatIs() async throws {
        try await World.with { world in
            let first = try await world.data.createDataset(.numbers, as: world.alice)
            #expect(first.name == "alice/datasets/numbers")
            #expect(try await world.data.createDataset(.numbers, as: world.alice) == first)
            #expect(try await world.data.createDataset(.numbers, as: world.bob).id != first.id)
            let project = try await world.data.createProject(.numbers, as: world.alice)
            #expect(project.name == "alice/projects/numbers")
            #expect(try await world.data.datasets(as: world.alice) == [first])
            #expect(try await world.data.projects(as: world.alice) == [project])
            #expect(try await world.data.projects(as: world.bob).isEmpty)
        }
    }

    @Test func versionsCountUpAndCanBeMounted() async throws {
        try await World.with { world in
            let first = try await version(world, "1\n", message: "the first")
            let second = try await version(world, "1\n2\n")
            #expect(first.name == "alice/datasets/numbers/1")
            #expect(first.message == "the first")
            #expect(second.number == 2)
            #expect(second.size == 4)
            #expect(try await world.data.version(dataset, as: world.alice) == second)
            #expect(try await world.data.version(Reference(parsing: "numbers/1"), as: world.alice) == first)
            for version in [first, second] {
                let tree = try await world.store.references.version(Reference(.id(version.id)), asking: world.alice)
                _ = try world.blobs.materialise(Array(tree.digest))
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: world.blobs.materialisedFolder)
            try #require(names.count == 2)
            let path = "\(world.blobs.materialisedFolder)/\(names[0])/n.txt"
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o444)
        }
    }

    @Test func refusalsLeaveNothing() async throws {
        try await World.with { world in
            _ = try await world.data.createDataset(.numbers, as: world.alice)
            let upload = try await world.upload([.file("n.txt", "1")], as: world.alice)
            let unfinished = try await world.uploads().begin(
                manifest: bytes([TestFile.file("x", "new")].manifest),
                as: world.alice
            )
            let before = try await world.leftovers()
            func refusal(_ dataset: Reference, _ request: CreateVersionRequest, _ account: Account) async throws
                -> FloydError.Code?
            {
                try await code { _ = try await world.data.addVersion(to: dataset, request, as: account) }
            }
            let unknown = Reference(.name(owner: nil, name: try Name("absent"), number: nil))
            let foreign = Reference(.name(owner: try Name("alice"), name: .numbers, number: nil))
            #expect(try await refusal(unknown, .init(upload: upload), world.alice) == .datasetNotFound)
            #expect(try await refusal(foreign, .init(upload: upload), world.bob) == .datasetNotFound)
            #expect(try await refusal(foreign, .init(upload: upload), world.admin) == .forbidden)
            #expect(try await refusal(dataset, .init(upload: ObjectID()), world.alice) == .notFound)
            #expect(try await refusal(dataset, .init(upload: unfinished.id), world.alice) == .conflict)
            #expect(
                try await refusal(dataset, .init(upload: upload, message: "\u{1B}"), world.alice) == .invalidRequest
            )
            #expect(try await world.leftovers() == before)
        }
    }

    @Test func anotherPersonsUploadMakesNoVersion() async throws {
        try await World.with { world in
            _ = try await world.data.createDataset(.numbers, as: world.bob)
            let upload = try await world.upload([.file("n.txt", "1")], as: world.alice)
            #expect(
                try await code {
                    _ = try await world.data.addVersion(to: dataset, .init(upload: upload), as: world.bob)
                } == .notFound
            )
        }
    }

    @Test func listsPageByPage() async throws {
        try await World.with { world in
            for number in 1...5 { _ = try await version(world, "\(number)\n") }
            var seen: [Int] = []
            var cursor: String?
            repeat {
                let page = try await world.data.versions(
                    of: dataset,
                    page: PageRequest(cursor: cursor, limit: 2),
                    as: world.alice
                )
                seen += page.items.map(\.number)
                cursor = page.next
            } while cursor != nil
            #expect(seen == [5, 4, 3, 2, 1])
            #expect(try await world.data.versions(of: nil, page: PageRequest(), as: world.alice).items.count == 5)
            #expect(try await world.data.versions(of: nil, page: PageRequest(), as: world.bob).items.isEmpty)
            let error = try await failure {
                _ = try await world.data.versions(of: nil, page: PageRequest(cursor: "x' OR 1"), as: world.alice)
            }
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test(arguments: [0, -1, 501]) func aPageHasItsLimits(limit: Int) {
        #expect(refusal { () throws(FloydError) in try PageRequest(limit: limit) }?.code == .invalidRequest)
    }
}

extension Name {
    fileprivate static let numbers: Name = {
        guard let name = try? Name("numbers") else { preconditionFailure("numbers is a name") }
        return name
    }()
}
