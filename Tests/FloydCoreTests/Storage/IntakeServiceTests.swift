import FloydAPI
import FloydBlobs
import FloydModel
import FloydRun
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct IntakeServiceTests {
    private func finished(_ world: World, _ files: [String: String]) async throws -> JobRecord {
        let job = try await world.running()
        let output = world.run(of: job).output
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(output)/\(name)")) }
        return try await world.moved(job, .running, .exitRecord(.success))
    }

    private func add(_ job: String, _ world: World, message: String? = nil, as account: Account? = nil) async throws
        -> DatasetVersionResponse
    {
        let account = account ?? world.alice
        let dataset = try await world.data.createDataset(Name("results"), as: account)
        return try await world.data.addVersion(
            to: Reference(.id(dataset.id)),
            CreateVersionRequest(job: Reference(parsing: job), message: message),
            as: account
        )
    }

    @Test func aFinishedJobsOutputBecomesAVersion() async throws {
        try await World.with { world in
            let job = try await finished(world, ["model": "weights", "log": "lines"])
            let version = try await add("x/1", world)
            #expect(version.name == "alice/datasets/results/1")
            #expect(version.files == 2 && version.size == 12)
            #expect(version.message == "output of \(job.name)")
            #expect(try await add("\(job.id)", world, message: "mine").message == "mine")
            #expect(try await add("x/1/output", world).number == 3)
            // It can be mounted at once.
            #expect(try FileManager.default.contentsOfDirectory(atPath: world.blobs.materialisedFolder).count == 1)
        }
    }

    @Test func whatIsNoWholeOutputIsRefused() async throws {
        try await World.with { world in
            let running = try await world.running()
            #expect(try await code { _ = try await add("\(running.id)", world) } == .conflict)
            let other = try await world.submit("y", as: world.bob)
            #expect(try await code { _ = try await add("\(other.id)", world) } == .jobNotFound)
            _ = try await world.moved(running, .running, .exitRecord(.success))
            #expect(try await code { _ = try await add("\(running.id)", world) } == .notFound)
            mkfifo("\(world.run(of: running).output)/pipe", 0o600)
            let dataset = try await world.data.createDataset(Name("results"), as: world.alice)
            let none = try MessageCoding.decode(CreateVersionRequest.self, from: Data("{}".utf8))
            #expect(
                try await code {
                    _ = try await world.data.addVersion(to: Reference(.id(dataset.id)), none, as: world.alice)
                } == .invalidRequest
            )
            #expect(try await world.store.versions.list(.owner(world.alice.id), limit: 10).isEmpty)
        }
    }

    /// The data folder itself, one in it, the one around it, the same by links, and one that a first-level folder was led out to.
    @Test(arguments: [false, true]) func theServersOwnDataIsNotImported(isLinking: Bool) async throws {
        try await World.with { world in
            let data = world.folder.path
            let manager = FileManager.default
            let elsewhere = "\(world.root)/elsewhere"
            for folder in ["\(data)/blobs/mine", "\(elsewhere)/a/caches"] {
                try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
            for folder in ["\(data)/blobs/mine", "\(elsewhere)/a", "\(elsewhere)/a/caches", world.root] {
                try Data("text".utf8).write(to: URL(fileURLWithPath: "\(folder)/0"))
            }
            try manager.removeItem(atPath: world.folder.caches)
            symlink("\(elsewhere)/a/caches", world.folder.caches)
            symlink(data, "\(world.root)/link")
            let administration = try await DataAdministration(world.folder, ServerConfiguration())
            for folder in [
                data, "\(data)/blobs/mine", world.root, "\(world.root)/link", "\(world.root)/link/blobs/..",
                "\(world.root)/link/blobs/mine", elsewhere, "\(elsewhere)/a/caches",
            ] {
                let found = try await code {
                    _ = try await administration.importFolder(
                        folder,
                        to: Reference(parsing: "alice/sets"),
                        isLinking: isLinking,
                        message: nil
                    )
                }
                #expect(found == .localFile, "\(folder)")
            }
            for file in [world.folder.database, "\(world.root)/0", "\(elsewhere)/a/0", "\(data)/blobs/mine/0"] {
                let attributes = try manager.attributesOfItem(atPath: file)
                #expect(attributes[.referenceCount] as? Int == 1, "\(file)")
                #expect((attributes[.posixPermissions] as? Int ?? 0) & 0o200 != 0, "\(file)")
            }
            #expect(try await world.store.versions.list(.owner(world.alice.id), limit: 10).isEmpty)
            #expect(try world.blobs.uploadIDs().isEmpty)
        }
    }

    @Test func aFolderOfThisMachineIsImported() async throws {
        try await World.with { world in
            let folder = "\(world.root)/source"
            try FileManager.default.createDirectory(atPath: "\(folder)/a", withIntermediateDirectories: true)
            for (name, text) in ["a/x": "one", "y.tmp": "left out", ".floydignore": "*.tmp\n", ".floyddata": "{}"] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            }
            let administration = try await DataAdministration(world.folder, ServerConfiguration())
            func imported(_ dataset: String, isLinking: Bool = false) async throws -> DatasetVersionResponse {
                try await administration.importFolder(
                    folder,
                    to: Reference(parsing: dataset),
                    isLinking: isLinking,
                    message: "from disk"
                )
            }
            let first = try await imported("alice/datasets/sets")
            #expect(first.name == "alice/datasets/sets/1" && first.files == 2 && first.message == "from disk")
            let attributes = { try FileManager.default.attributesOfItem(atPath: "\(folder)/a/x") }
            #expect(try attributes()[.referenceCount] as? Int == 1)
            try Data("two".utf8).write(to: URL(fileURLWithPath: "\(folder)/a/x"))
            let second = try await imported("alice/sets", isLinking: true)
            #expect(second.number == 2 && second.shared == 6)
            #expect(try attributes()[.posixPermissions] as? Int == 0o444)
            #expect(try (attributes()[.referenceCount] as? Int ?? 0) > 1)
            #expect(try await code { _ = try await imported("nobody/sets") } == .notFound)
            #expect(try await code { _ = try await imported("sets") } == .invalidName)
            symlink("/etc", "\(folder)/out")
            #expect(try await code { _ = try await imported("alice/sets") } == .invalidPath)
            let report = try await administration.inspect(isQuick: false, isRepairing: false) { Issue.record("\($0)") }
            #expect(report.trees == 2 && report.damages == 0)
        }
    }
}
