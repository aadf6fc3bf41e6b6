import FloydModel
import FloydOS
import FloydTree
import Foundation
import Testing

@testable import FloydBlobs

struct TreeIntakeTests {
    private let fixture: Fixture
    private let source: String

    init() throws {
        fixture = try Fixture()
        source = fixture.root + "-source"
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
    }

    private func file(_ name: String, _ text: String) throws -> FileDescriptor {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(source)/\(name)"))
        return try FileDescriptor.open("\(source)/\(name)", O_RDONLY)
    }

    private func intake() throws -> TreeIntake { try TreeIntake(store: fixture.store, id: ObjectID()) }

    private func entries(_ digest: [UInt8]) throws -> [ManifestEntry] {
        var entries: [ManifestEntry] = []
        try fixture.store.forEachEntry(of: digest) { entries.append($0) }
        return entries
    }

    private func drafts() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(fixture.root)/uploads")
    }

    @Test func aTreeHasWhatWasAdded() throws {
        defer { try? FileManager.default.removeItem(atPath: source) }
        var intake = try intake()
        try intake.addFolder("a")
        try intake.addFile("a/empty", executable: false, copying: try file("empty", ""))
        try intake.addFile("a/run", executable: true, copying: try file("run", "#!/bin/sh\n"))
        try intake.addLink("b", target: "a/run")
        try intake.addFile("c", executable: false, linking: try file("linked", "linked"))
        try Data("moved".utf8).write(to: URL(fileURLWithPath: "\(intake.stagingFolder)/7"))
        let hash = FileHasher.hash(Array("moved".utf8), .blake3)
        try intake.addFile("d", executable: false, moving: "7", hash: hash, size: 5)
        try intake.addFile("e", executable: false, copying: try file("same", "moved"))
        #expect(intake.size == 10 + 6 + 5 + 5)
        let tree = try intake.commit(materialising: true)

        #expect(tree.files == 5)
        #expect(tree.bytes == 26)
        #expect(tree.entries == 7)
        #expect(try entries(tree.digest).map(\.path) == ["a", "a/empty", "a/run", "b", "c", "d", "e"])
        let folder = "\(fixture.store.materialisedFolder)/\(Hex.string(tree.digest))"
        #expect(try String(contentsOfFile: "\(folder)/b", encoding: .utf8) == "#!/bin/sh\n")
        #expect(try String(contentsOfFile: "\(folder)/e", encoding: .utf8) == "moved")
        #expect(try FileStatus.of("\(folder)/a/run")?.mode == 0o555)
        // The original is the content now.
        #expect(try FileStatus.of("\(folder)/c")?.inode == FileStatus.of("\(source)/linked")?.inode)
        #expect(try FileStatus.of("\(source)/linked")?.mode == 0o444)
        #expect(try drafts().isEmpty)
    }

    @Test func itIsTheTreeThatAnUploadOfTheSameWouldBe() throws {
        defer { try? FileManager.default.removeItem(atPath: source) }
        let uploaded = try fixture.upload([.file("x", "one"), .file("y", "two")])
        var intake = try intake()
        try intake.addFile("x", executable: false, copying: try file("x", "one"))
        try intake.addFile("y", executable: false, copying: try file("y", "two"))
        #expect(try intake.commit(materialising: true) == uploaded)
        #expect(try drafts().allSatisfy { !$0.hasPrefix(".") })
    }

    @Test func nothingIsLeftOfWhatWasDropped() throws {
        defer { try? FileManager.default.removeItem(atPath: source) }
        var intake = try intake()
        try intake.addFile("x", executable: false, copying: try file("x", "one"))
        #expect(try drafts().count == 1)
        intake.abandon()
        #expect(try drafts().isEmpty)
    }

    @Test func aDraftThatACollectionTookForALeftOverIsMadeAgain() throws {
        let id = ObjectID()
        let paths = IntakePaths(id, in: fixture.store.layout)
        try Folder.create(paths.folder)
        let isHeld = DispatchSemaphore(value: 0)
        let collection = Thread {
            let lock = try? FileLock.acquire(paths.lock)
            isHeld.signal()
            try? Folder.removeTree(paths.folder)
            withExtendedLifetime(lock) {}
        }
        collection.start()
        isHeld.wait()
        var intake = try TreeIntake(store: fixture.store, id: id)
        try intake.addFolder("a")
        #expect(try intake.commit(materialising: false).entries == 1)
    }

    @Test func pathsThatAreWrongOrOutOfOrderAreRefused() throws {
        defer { try? FileManager.default.removeItem(atPath: source) }
        var intake = try intake()
        let file = try file("x", "one")
        #expect(throws: FloydError.self) { try intake.addFile("../x", executable: false, copying: file) }
        #expect(throws: FloydError.self) { try intake.addLink("up", target: "../../etc") }
        try intake.addFile("x", executable: false, copying: file)
        #expect(throws: FloydError.self) { try intake.addFolder("x") }
        #expect(throws: FloydError.self) { try intake.addFolder("x/y") }
        #expect(throws: FloydError.self) { try intake.addFolder("w") }
    }

    @Test func aFileOverTheLimitIsRefused() throws {
        defer { try? FileManager.default.removeItem(atPath: source) }
        var intake = try intake()
        let file = try file("x", "four")
        let error = #expect(throws: FloydError.self) {
            try intake.addFile("x", executable: false, copying: file, maximumSize: 3)
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func onlyARegularFileOfItsOwnIsMoved() throws {
        defer { try? FileManager.default.removeItem(atPath: source) }
        var intake = try intake()
        let hash = FileHasher.hash(Array("one".utf8), .blake3)
        try FileManager.default.createSymbolicLink(
            atPath: "\(intake.stagingFolder)/link",
            withDestinationPath: "/etc/passwd"
        )
        #expect(throws: FloydError.self) {
            try intake.addFile("a", executable: false, moving: "link", hash: hash, size: 3)
        }
        _ = try file("two-names", "one")
        try FileManager.default.linkItem(
            atPath: "\(source)/two-names",
            toPath: "\(intake.stagingFolder)/two"
        )
        #expect(throws: FloydError.self) {
            try intake.addFile("b", executable: false, moving: "two", hash: hash, size: 3)
        }
        #expect(throws: FloydError.self) {
            try intake.addFile("c", executable: false, moving: "../lock", hash: hash, size: 0)
        }
    }

    @Test func aStartRemovesWhatACrashLeftAndNothingElse() throws {
        defer { try? FileManager.default.removeItem(atPath: source) }
        let abandoned = "\(fixture.root)/uploads/.intake-\(ObjectID())"
        try FileManager.default.createDirectory(atPath: abandoned, withIntermediateDirectories: true)
        var intake = try intake()
        try intake.addFile("x", executable: false, copying: try file("x", "one"))
        try fixture.reopen()
        #expect(!FileManager.default.fileExists(atPath: abandoned))
        #expect(try intake.commit(materialising: false).files == 1)
    }

    @Test func aStoreIsAttachedOnlyWhereThereIsOne() throws {
        defer { try? FileManager.default.removeItem(atPath: source) }
        #expect(try BlobStore(attaching: fixture.root).folder == fixture.root)
        #expect(throws: FloydError.self) { try BlobStore(attaching: source) }
    }

    @Test func theGateIsForManyOrForOne() throws {
        defer { try? FileManager.default.removeItem(atPath: source) }
        let gate = fixture.store.gate
        var passages = [try gate.pass(), try gate.pass()]
        #expect(try gate.close() == nil)
        passages = []
        #expect(passages.isEmpty)
        #expect(try gate.close() != nil)
    }
}
