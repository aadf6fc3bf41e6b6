import FloydModel
import FloydOS
import FloydTree
import Foundation
import Testing

@testable import FloydBlobs

struct StoreSweepTests {
    private let fixture: Fixture

    init() throws {
        fixture = try Fixture()
    }

    private func sweep(isDryRun: Bool = false) throws -> StoreSweep {
        StoreSweep(fixture.store, isDryRun: isDryRun, try fixture.store.lockForCollection(), patience: .zero)
    }

    /// Removes whatever isn't of `trees` or `contents`.
    private func collect(
        keeping trees: [[UInt8]] = [],
        _ contents: Set<ContentID> = [],
        isDryRun: Bool = false
    ) throws -> (trees: StoreSweep.Outcome, contents: StoreSweep.Outcome) {
        var sweep = try sweep(isDryRun: isDryRun)
        try sweep.removeDrafts()
        try sweep.countUploads()
        let removed = try sweep.removeTrees { $0.map(trees.contains) }
        return (removed, try sweep.removeContents { $0.map(contents.contains) })
    }

    private func contents(of tree: CommittedTree) throws -> Set<ContentID> {
        var all: Set<ContentID> = []
        try fixture.store.forEachContents(of: tree.digest) { all.formUnion($0.map(\.id)) }
        return all
    }

    private func committed(_ files: [TestFile]) throws -> CommittedTree {
        let folder = try fixture.plan(files.map(\.entry))
        if folder.totals.length > 0 { try fixture.send(files, to: folder) }
        let tree = try folder.commit()
        _ = try fixture.store.materialise(tree.digest)
        try fixture.store.removeUpload(folder.id)
        return tree
    }

    @Test func whatNothingNeedsGoesAndTheRestStays() throws {
        let kept = try committed([.file("a", "kept"), .file("b", "shared")])
        let other = try committed([.file("a", "gone!"), .file("b", "shared"), .file("x", "gone!", executable: true)])
        let needed = try contents(of: kept)
        let outcome = try collect(keeping: [kept.digest], needed)
        #expect(outcome.trees.count == 1)
        #expect(outcome.contents.count == 2)
        #expect(outcome.contents.bytes == 10)
        #expect(try !fixture.store.hasTree(other.digest))
        let folders = try FileManager.default.contentsOfDirectory(atPath: "\(fixture.root)/materialised")
        #expect(folders == [Hex.string(kept.digest)])
        for id in needed { #expect(try fixture.store.hasContent(id)) }
        #expect(try collect(keeping: [kept.digest], needed).contents == StoreSweep.Outcome())
    }

    @Test func aDryRunOnlyCounts() throws {
        let tree = try committed([.file("a", "gone!")])
        let outcome = try collect(isDryRun: true)
        #expect(outcome.trees.count == 1 && outcome.contents.count == 1)
        #expect(try fixture.store.hasTree(tree.digest))
        #expect(try collect().contents.count == 1)
    }

    /// How many trees, folders of links and contents there are.
    private func left() throws -> (trees: Int, folders: Int, contents: Int) {
        (
            try fixture.names(in: "trees").count,
            try FileManager.default.contentsOfDirectory(atPath: "\(fixture.root)/materialised").count,
            try fixture.names(in: "contents").count
        )
    }

    @Test func oneThatIsToldToStopStopsBehindTheBatchAndTheNextGoesOn() throws {
        for number in 0..<5 { _ = try committed([.file("a", "content \(number)")]) }
        let lock = try fixture.store.lockForCollection()
        let trees = "\(fixture.root)/trees"
        var sweep = StoreSweep(fixture.store, isDryRun: false, lock, patience: .zero, batch: 2) {
            (try? FileManager.default.contentsOfDirectory(atPath: trees).count > 3) ?? false
        }
        try sweep.countUploads()
        var looks = 0
        let outcome = try sweep.removeTrees { digests in
            looks += 1
            return digests.map { _ in false }
        }
        #expect(outcome.count == 2 && outcome.postponed == 0)
        #expect(looks == 2, "twice at the first batch, and not at the second")
        #expect(try sweep.removeContents { $0.map { _ in false } } == StoreSweep.Outcome())
        // The folders of links were taken away, and what is left of them is nobody's.
        let stopped = try left()
        #expect(stopped.trees == 3 && stopped.contents == 5)
        #expect(try fixture.names(in: "materialised").count { $0.hasSuffix("/a") && !$0.hasPrefix(".") } == 3)
        lock.release()
        let next = try collect()
        #expect(next.trees.count == 3 && next.contents.count == 5)
        #expect(try left() == (0, 0, 0))
    }

    @Test func oneThatIsToldToStopWithinABatchLeavesWholeTreesAndContents() throws {
        for number in 0..<5 { _ = try committed([.file("a", "content \(number)")]) }
        let lock = try fixture.store.lockForCollection()
        let (trees, contents) = ("\(fixture.root)/trees", "\(fixture.root)/contents")
        var sweep = StoreSweep(fixture.store, isDryRun: false, lock, patience: .zero) {
            (try? FileManager.default.contentsOfDirectory(atPath: trees).count > 4) ?? false
        }
        try sweep.countUploads()
        #expect(try sweep.removeTrees { $0.map { _ in false } }.count == 1)
        #expect(try fixture.names(in: "materialised").count { $0.hasSuffix("/a") && !$0.hasPrefix(".") } == 4)
        sweep = StoreSweep(fixture.store, isDryRun: false, lock, patience: .zero) {
            (try? FileManager.default.subpathsOfDirectory(atPath: contents).count { $0.utf8.count > 2 } > 2) ?? false
        }
        try sweep.countUploads()
        #expect(try sweep.removeContents { $0.map { _ in false } }.count == 3)
        #expect(try left().contents == 2)
        lock.release()
        let next = try collect()
        #expect(next.trees.count == 4 && next.contents.count == 2)
        #expect(try left() == (0, 0, 0))
    }

    @Test func whatAnUploadCountsOnStays() throws {
        let files: [TestFile] = [.file("a", "there"), .file("b", "new")]
        _ = try committed([files[0]])
        fixture.remember([files[0]])
        // Planned, so `a` won't be sent; its tree is deleted then.
        let upload = try fixture.plan(files.map(\.entry))
        #expect(try fixture.missing(in: upload) == [1])
        let outcome = try collect()
        #expect(outcome.trees.count == 1)
        #expect(outcome.contents.count == 0)
        try fixture.send(files, to: upload)
        #expect(try upload.commit().files == 2)
    }

    @Test func aCommitThatACrashCutShortCanBeRepeated() throws {
        let files: [TestFile] = [.file("a", "one", hashed: false), .file("b", "two", hashed: false)]
        let upload = try fixture.plan(files.map(\.entry))
        try fixture.send(files, to: upload)
        let hashes = try upload.receiveHashes()
        try hashes.append(
            Array(files.map { "\(Hex.string(FileHasher.hash($0.bytes, .blake3).bytes))\n" }.joined().utf8)
        )
        try hashes.finish()
        // The tree is there, and no row names it: nothing of it may go.
        let tree = try upload.commit()
        let outcome = try collect()
        #expect(outcome.trees.count == 0 && outcome.contents.count == 0)
        #expect(try upload.commit() == tree)
        #expect(try fixture.store.hasTree(tree.digest))
        // With the upload its claim goes.
        try fixture.store.removeUpload(upload.id)
        #expect(try collect().contents.count == 2)
    }

    @Test func whatBecameNeededBetweenTheLooksStays() throws {
        _ = try committed([.file("a", "late")])
        var looks = 0
        var sweep = try sweep()
        try sweep.countUploads()
        let outcome = try sweep.removeContents { ids in
            looks += 1
            return ids.map { _ in looks > 1 }
        }
        #expect(looks == 2)
        #expect(outcome.count == 0)
    }

    @Test func nothingGoesWhileTheGateIsPassed() throws {
        let tree = try committed([.file("a", "late")])
        var sweep = try sweep()
        try sweep.countUploads()
        let passage = try fixture.store.gate.pass()
        #expect(try sweep.removeTrees { $0.map { _ in false } }.postponed == 1)
        #expect(try sweep.removeContents { $0.map { _ in false } }.postponed == 1)
        #expect(throws: FloydError.self) { try sweep.countUploads() }
        withExtendedLifetime(passage) {}
        #expect(try fixture.store.hasTree(tree.digest))
    }

    @Test func oneCollectsAtATime() throws {
        let lock = try fixture.store.lockForCollection()
        let error = #expect(throws: FloydError.self) { try fixture.store.lockForCollection() }
        #expect(error?.code == .locked)
        withExtendedLifetime(lock) {}
    }

    @Test func bytesThatHaveAnotherNameAreNotFreed() throws {
        let tree = try committed([.file("a", "twice")])
        let name = Hex.string(tree.digest)
        try FileManager.default.linkItem(
            atPath: "\(fixture.root)/materialised/\(name)/a",
            toPath: "\(fixture.root)/elsewhere"
        )
        #expect(try collect().contents.bytes == 0)
        #expect(try String(contentsOfFile: "\(fixture.root)/elsewhere", encoding: .utf8) == "twice")
    }

    @Test func draftsOfIntakesThatAreGoneGo() throws {
        let path = "\(fixture.root)/uploads/.intake-\(ObjectID())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let live = try TreeIntake(store: fixture.store, id: ObjectID())
        _ = try collect()
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(FileManager.default.fileExists(atPath: live.stagingFolder))
        live.abandon()
    }

    @Test func theFilterForgetsNothing() throws {
        var counted = CountedContents()
        let ids = (0..<5_000).compactMap { number in
            ContentID(hash: FileHasher.hash(Array("\(number)".utf8), .blake3).bytes, executable: false)
        }
        for id in ids.prefix(2_500) { counted.insert(id) }
        #expect(ids.prefix(2_500).allSatisfy { counted.contains($0) })
        #expect(ids.dropFirst(2_500).count { counted.contains($0) } < 5)
        #expect(!CountedContents().contains(ids[0]))
    }
}
