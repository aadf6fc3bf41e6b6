import FloydAPI
import FloydBlobs
import FloydModel
import FloydRun
import FloydStore
import FloydTree
import Foundation
import Testing

@testable import FloydCore

@Suite struct TreeServiceTests {
    private static let files: [TestFile] = [
        .file("a/one.txt", "first"), .file("a/two.txt", "second"), .file("b", ""), .file("c", "third"),
    ]
    private static let whole = "firstsecondthird"

    private func service(_ world: World) -> TreeService {
        TreeService(store: world.store, blobs: world.blobs, pool: world.pool)
    }

    private func version(_ world: World) async throws -> DatasetVersionResponse {
        _ = try await world.data.createDataset(Name("numbers"), as: world.alice)
        let upload = try await world.upload(Self.files, as: world.alice)
        return try await world.data.addVersion(
            to: Reference(parsing: "numbers"),
            .init(upload: upload, message: nil),
            as: world.alice
        )
    }

    private func read(_ file: OpenedFile) -> [UInt8] {
        defer { close(file.descriptor) }
        return [UInt8](FileHandle(fileDescriptor: file.descriptor, closeOnDealloc: false).readDataToEndOfFile())
    }

    private func read(_ source: ContentSource) async throws -> String {
        var bytes: [UInt8] = []
        while let piece = try await source() {
            switch piece {
            case .bytes(let piece): bytes += piece
            case .file(let descriptor, let offset, let length):
                defer { close(descriptor) }
                var piece = [UInt8](repeating: 0, count: Int(length))
                #expect(pread(descriptor, &piece, piece.count, off_t(offset)) == piece.count)
                bytes += piece
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func aVersionIsRead() async throws {
        try await World.with { world in
            let version = try await version(world)
            let service = service(world)
            let tree = try await service.tree(.version(Reference(.id(version.id))), as: world.alice)
            #expect(tree.name == "numbers-1" && tree.files == 4 && tree.bytes == 16)
            #expect(tree.created == version.created)
            let manifest = read(try await service.manifest(of: tree))
            #expect(manifest == Self.files.manifest)
            #expect(tree.validator == Hex.string(FileHasher.sha256(manifest)))
            #expect(try await read(service.contents(of: tree, in: 0..<16)) == Self.whole)
            #expect(try await read(service.contents(of: tree, in: 3..<12)) == "stsecondt")
            let file = try await service.file("a/two.txt", in: tree)
            #expect(file.name == "two.txt" && file.size == 6)
            #expect(file.validator == FileHasher.hash(Array("second".utf8), .blake3).description)
            #expect(read(file) == Array("second".utf8))
            #expect(read(try await service.file("b", in: tree)).isEmpty)
            for path in ["a", "d", "a/one.txt/x", "", "a/"] {
                let refusal = try await code { _ = try await service.file(path, in: tree) }
                #expect(refusal == .notFound, "\(path)")
            }
        }
    }

    @Test func theCodeOfAJobIsRead() async throws {
        try await World.with { world in
            let job = try await world.submit("work")
            let service = service(world)
            let tree = try await service.tree(.code(job: Reference(parsing: "work/1")), as: world.alice)
            #expect(tree.name == "work-1-code" && tree.files == 1)
            #expect(tree.created == job.created)
            #expect(read(try await service.file("main.py", in: tree)) == Array("print(1)\n".utf8))
            for format in ArchiveFormat.allCases {
                let archive = try await service.archive(of: tree, as: format)
                #expect(archive.name == "work-1-code.\(format.rawValue)")
                var bytes: [UInt8] = []
                while let piece = try await archive.source() { bytes += piece }
                #expect(String(decoding: bytes, as: UTF8.self).contains("print(1)\n"))
            }
        }
    }

    @Test func othersSeeNothing() async throws {
        try await World.with { world in
            let version = try await version(world)
            let job = try await world.submit("work")
            let service = service(world)
            for id in [version.id, ObjectID()] {
                let refusal = try await code {
                    _ = try await service.tree(.version(Reference(.id(id))), as: world.bob)
                }
                #expect(refusal == .datasetNotFound)
            }
            for id in [job.id, ObjectID()] {
                let refusal = try await code {
                    _ = try await service.tree(.code(job: Reference(.id(id))), as: world.bob)
                }
                #expect(refusal == .jobNotFound)
                let output = try await code {
                    _ = try await world.outputs.archive(of: Reference(.id(id)), as: .tar, asking: world.bob)
                }
                #expect(output == .jobNotFound)
            }
            #expect(try await service.tree(.version(Reference(.id(version.id))), as: world.admin).files == 4)
        }
    }

    @Test func zipsHaveTheirLimit() async throws {
        try await World.with { world in
            let many = StoredTree(name: "x", digest: [], files: 300_000, bytes: 0, created: Date())
            let refusal = try await code { _ = try await service(world).archive(of: many, as: .zip) }
            #expect(refusal == .tooLarge)
        }
    }

    @Test func anOutputsTagFollowsItsFile() async throws {
        try await World.with { world in
            let job = try await world.running()
            let folder = world.run(of: job).output
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let path = "\(folder)/log.txt"
            try Data("one".utf8).write(to: URL(fileURLWithPath: path))
            func tag() async throws -> String? {
                let file = try await world.outputs.open("log.txt", of: Reference(.id(job.id)), as: world.alice)
                close(file.descriptor)
                return file.validator
            }
            let first = try await tag()
            #expect(try await tag() == first && first?.utf8.count == 32)
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("two".utf8))
            #expect(try await tag() != first)
        }
    }
}
