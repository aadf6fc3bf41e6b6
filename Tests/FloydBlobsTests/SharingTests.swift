import FloydModel
import FloydOS
import FloydTree
import Foundation
import Testing

@testable import FloydBlobs

/// What is sent and what isn't, and what a crash leaves.
struct SharingTests {
    static let files: [TestFile] = [.file("a", "first"), .file("b", "second"), .file("c", "third")]

    @Test func whatIsReachableAndOnDiskIsNotSentAgain() throws {
        let fixture = try Fixture()
        _ = try fixture.upload(Self.files)
        fixture.remember(Self.files)
        let more = Self.files + [.file("d", "fourth")]
        let folder = try fixture.plan(more.map(\.entry))
        #expect(try fixture.missing(in: folder) == [3])
        try fixture.send(more, to: folder)
        let tree = try folder.commit()
        let path = try fixture.store.materialise(tree.digest)
        #expect(FileManager.default.contents(atPath: "\(path)/b") == Data("second".utf8))
        let none = try fixture.plan(more.map(\.entry))
        #expect(try fixture.missing(in: none) == [3], "the new one isn't reachable before somebody says so")
    }

    @Test func contentsOfOthersCountAsAbsent() throws {
        let fixture = try Fixture()
        _ = try fixture.upload(Self.files)
        let folder = try fixture.plan(Self.files.map(\.entry))
        #expect(try fixture.missing(in: folder) == [0, 1, 2])
        // And can't be had by their hash alone.
        let receiver = try folder.receive(at: 0)
        #expect(throws: FloydError.self) { try receiver.append([UInt8](repeating: 0, count: 16)) }
    }

    @Test func reachableButNotOnDiskIsAskedForAgain() throws {
        let fixture = try Fixture()
        _ = try fixture.upload(Self.files)
        fixture.remember(Self.files)
        let lost = try #require(ContentID(of: Self.files[1].entry))
        try FileManager.default.removeItem(atPath: fixture.store.layout.content(lost))
        let folder = try fixture.plan(Self.files.map(\.entry))
        #expect(try fixture.missing(in: folder) == [1])
        try fixture.send(Self.files, to: folder)
        #expect(try folder.commit().bytes == 16)
    }

    @Test func aSizeThatIsALieIsNotBelieved() throws {
        let fixture = try Fixture()
        _ = try fixture.upload(Self.files)
        fixture.remember(Self.files)
        var entry = Self.files[0].entry
        entry.size = 1_000_000
        let folder = try fixture.plan([entry])
        #expect(try fixture.missing(in: folder) == [0])
    }

    @Test func aContentThatVanishesMeanwhileIsNoticed() throws {
        let fixture = try Fixture()
        _ = try fixture.upload(Self.files)
        fixture.remember(Self.files)
        let more = Self.files + [.file("d", "fourth")]
        let folder = try fixture.plan(more.map(\.entry))
        try fixture.send(more, to: folder)
        let lost = try #require(ContentID(of: Self.files[0].entry))
        try FileManager.default.removeItem(atPath: fixture.store.layout.content(lost))
        let tree = try folder.commit()
        let error = #expect(throws: FloydError.self) { try fixture.store.materialise(tree.digest) }
        #expect(error?.code == .conflict)
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(fixture.root)/materialised")
        #expect(names.count == 1 && !names[0].hasPrefix("."), "only the first tree's")
    }

    /// By the disk, or by somebody who has a link to it. Who sends it whole gets it whole.
    @Test(arguments: ["another", "longer than before", ""]) func aContentThatWasChangedIsReplaced(text: String) throws {
        let fixture = try Fixture()
        let files: [TestFile] = [.file("a", "changed"), .file("b", "kept")]
        _ = try fixture.upload(files)
        let path = fixture.store.layout.content(try #require(ContentID(of: files[0].entry)))
        let kept = fixture.store.layout.content(try #require(ContentID(of: files[1].entry)))
        let before = try FileStatus.of(kept)?.inode
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        _ = try fixture.upload(files + [.file("c", "more")])
        #expect(FileManager.default.contents(atPath: path) == Data("changed".utf8))
        #expect(try FileStatus.of(path)?.mode == 0o444)
        #expect(try FileStatus.of(kept)?.inode == before)
    }

    @Test func severalPassesFindTheSame() throws {
        let fixture = try Fixture()
        let files = (0..<500).map { TestFile.file(String(10_000 + $0), "content \($0 % 170)") }
        let folder = try fixture.plan(files.map(\.entry))
        let once = try fixture.missing(in: folder)
        #expect(once == Array(0..<170))
        let id = ObjectID()
        let receiver = try fixture.store.beginUpload(id)
        try receiver.append(files.flatMap { ManifestCoding.line($0.entry) })
        let draft = try receiver.finish()
        var plan = MissingPlan(store: fixture.store, paths: draft.paths, count: 500, filesPerPass: 40)
        var asked: [ContentID] = []
        try plan.findMissing {
            asked += $0
            return $0.map { _ in false }
        }
        _ = try plan.write()
        #expect(try fixture.missing(in: draft) == once)
        #expect(asked.count == 170 && Set(asked).count == 170)
    }

    @Test func anAnswerOfTheDatabaseThatFailsFailsThePlan() throws {
        struct Failure: Error {}
        let fixture = try Fixture()
        let receiver = try fixture.store.beginUpload(ObjectID())
        try receiver.append(ManifestCoding.line(Self.files[0].entry))
        var folder = try receiver.finish()
        #expect(throws: Failure.self) { try folder.planMissing { _ in throw Failure() } }
        try folder.abandon()
        #expect(try fixture.names(in: "uploads").isEmpty)
    }

    // MARK: - Crashes

    @Test func draftsAreRemovedAtStart() throws {
        let fixture = try Fixture()
        let tree = try fixture.upload(Self.files)
        // A manifest that was still arriving, and a commit that was not done.
        let receiver = try fixture.store.beginUpload(ObjectID())
        try receiver.append(ManifestCoding.line(Self.files[0].entry))
        let manager = FileManager.default
        try Data("{".utf8).write(to: URL(fileURLWithPath: "\(fixture.root)/trees/.\(ObjectID())"))
        try manager.createDirectory(atPath: "\(fixture.root)/materialised/.x/sub", withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: "\(fixture.root)/materialised/.x/sub/f"))
        try fixture.reopen()
        for folder in ["trees", "materialised", "uploads"] {
            let names = try manager.contentsOfDirectory(atPath: "\(fixture.root)/\(folder)")
            #expect(names.count == 1 && !names[0].hasPrefix("."), "\(names)")
        }
        #expect(try fixture.store.hasTree(tree.digest))
    }

    /// A commit that ended anywhere is finished by the next one.
    @Test func aCommitThatWasCutOffIsFinishedByTheNext() throws {
        let fixture = try Fixture()
        for moved in 0...3 {
            let files = Self.files.map {
                TestFile.file($0.entry.path, "\(moved)" + String(decoding: $0.bytes, as: UTF8.self))
            }
            let folder = try fixture.plan(files.map(\.entry))
            try fixture.send(files, to: folder)
            for number in 0..<moved {
                let id = try #require(ContentID(of: files[number].entry))
                try FileManager.default.moveItem(
                    atPath: folder.paths.stagedFile(number),
                    toPath: fixture.store.layout.content(id)
                )
            }
            try FileManager.default.createDirectory(
                atPath: "\(fixture.root)/materialised/.\(folder.id)/half",
                withIntermediateDirectories: true
            )
            try fixture.reopen()
            let tree = try fixture.store.upload(folder.id).commit()
            let path = try fixture.store.materialise(tree.digest)
            #expect(FileManager.default.contents(atPath: "\(path)/a") == Data("\(moved)first".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: path).count == 3)
        }
    }

    @Test func everythingDoneButTheNoteOfIt() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        try fixture.send(Self.files, to: folder)
        let tree = try folder.commit()
        try FileManager.default.removeItem(atPath: folder.paths.committed)
        #expect(try folder.commit() == tree)
    }

    // MARK: - Removal

    @Test func uploadsAreRemovedAndTreesStay() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        try fixture.send(Self.files, to: folder)
        let tree = try folder.commit()
        #expect(try fixture.store.uploadIDs() == [folder.id])
        try fixture.store.removeUpload(folder.id)
        try fixture.store.removeUpload(folder.id)
        #expect(try fixture.store.uploadIDs().isEmpty)
        let error = #expect(throws: FloydError.self) { try fixture.store.upload(folder.id) }
        #expect(error?.code == .notFound)
        #expect(try fixture.store.hasTree(tree.digest))
    }

    @Test func idleAndBusyUploadsAreTold() throws {
        let fixture = try Fixture()
        let old = try fixture.plan(Self.files.map(\.entry))
        let busy = try fixture.plan(Self.files.map(\.entry))
        let receiver = try busy.receive(at: 0)
        #expect(try fixture.store.uploads(idleSince: 0).isEmpty)
        #expect(try Set(fixture.store.uploads(idleSince: .max)) == [old.id, busy.id])
        #expect(try !fixture.store.isBusy(old.id) && fixture.store.isBusy(busy.id))
        try receiver.finish()
        #expect(try !fixture.store.isBusy(busy.id))
    }
}
