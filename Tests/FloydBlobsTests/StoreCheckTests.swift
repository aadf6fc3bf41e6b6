import FloydModel
import FloydOS
import FloydTree
import Foundation
import Testing

@testable import FloydBlobs

struct StoreCheckTests {
    private let fixture: Fixture
    private let tree: CommittedTree
    private let id: ContentID

    init() throws {
        fixture = try Fixture()
        tree = try fixture.upload([.file("a", "alpha"), .folder("b"), .link("c", "a"), .file("d", "")])
        id = try #require(ContentID(hash: FileHasher.hash(Array("alpha".utf8), .blake3).bytes, executable: false))
    }

    private var content: String { fixture.store.layout.content(id) }
    private var folder: String { fixture.store.layout.materialised(tree.digest) }
    private var check: TreeCheck { TreeCheck(fixture.store, digest: tree.digest) }

    private func overwrite(_ path: String, _ text: String) throws {
        chmod(path, 0o644)
        let file = try FileDescriptor.open(path, O_WRONLY | O_TRUNC)
        try file.write(all: Array(text.utf8))
        try file.changeMode(0o444)
    }

    private func flaw(size: Int64? = 5) -> ContentFlaw? {
        fixture.store.flaw(of: id, size: size) { _ in }
    }

    @Test func aWholeContentHasNoFlaw() {
        #expect(flaw() == nil)
        #expect(fixture.store.flaw(of: id, size: nil) == nil)
        #expect(fixture.store.size(of: id) == 5)
    }

    @Test func flawsOfAContentAreTold() throws {
        #expect(flaw(size: 6) == .wrongSize(5, of: 6))
        try overwrite(content, "alphA")
        #expect(flaw() == .wrongHash)
        #expect(fixture.store.flaw(of: id, size: 5) == nil)
        chmod(content, 0o644)
        #expect(flaw() == .writable)
        unlink(content)
        #expect(flaw() == .missing)
        mkfifo(content, 0o444)
        #expect(flaw() == .wrongKind)
        unlink(content)
        symlink("/etc/passwd", content)
        #expect(flaw() == .wrongKind)
    }

    @Test func aReadingCanBeEnded() throws {
        struct Enough: Error {}
        #expect(throws: Enough.self) { try fixture.store.flaw(of: id, size: nil) { _ in throw Enough() } }
    }

    @Test func aManifestIsComparedWithItsName() throws {
        #expect(check.manifestFlaw() == nil)
        var files: [String] = []
        let totals = try check.totals { files += $0.map(\.path) }
        #expect(files == ["a"])
        #expect(totals.files == 2 && totals.withBytes == 1 && totals.bytes == 5)
        let path = fixture.store.layout.tree(tree.digest)
        try overwrite(path, "{}")
        #expect(check.manifestFlaw() == "has other bytes than it had")
        unlink(path)
        #expect(check.manifestFlaw() == "is missing")
    }

    @Test func aFolderOfLinksIsComparedAndMadeAnew() throws {
        #expect(try check.folderFlaws().isEmpty)
        unlink("\(folder)/a")
        try Data("alphA".utf8).write(to: URL(fileURLWithPath: "\(folder)/a"))
        chmod("\(folder)/a", 0o444)
        unlink("\(folder)/c")
        symlink("d", "\(folder)/c")
        rmdir("\(folder)/b")
        try Data().write(to: URL(fileURLWithPath: "\(folder)/stray"))
        #expect(
            try check.folderFlaws() == [
                "\"a\" has other bytes", "\"b\" is missing", "\"c\" leads elsewhere",
                "there are 1 files that the tree has not",
            ]
        )
        try check.rebuildFolder()
        #expect(try check.folderFlaws().isEmpty)
        // A copy, where a file can't have one more link, is as good.
        unlink("\(folder)/a")
        try Data("alpha".utf8).write(to: URL(fileURLWithPath: "\(folder)/a"))
        chmod("\(folder)/a", 0o444)
        #expect(try check.folderFlaws().isEmpty)
        try FileManager.default.removeItem(atPath: folder)
        #expect(try check.folderFlaws().isEmpty)
    }

    @Test func straysAreFoundAndDraftsAreNone() throws {
        let survey = ContentSurvey(fixture.store)
        #expect(try survey.strays().isEmpty)
        let names = ["contents/zz", "contents/00/x", "trees/short", "materialised/x", "uploads/x", "notes"]
        for name in names + ["trees/.draft"] {
            try Data().write(to: URL(fileURLWithPath: "\(fixture.root)/\(name)"))
        }
        #expect(try Set(survey.strays()) == Set(names))
        for stray in try survey.strays() { try survey.remove(stray: stray) }
        #expect(try survey.strays().isEmpty)
        var found: [ContentID] = []
        try survey.forEachBatch { found += $0 }
        #expect(found == [id])
    }

    @Test func aDamagedContentGoesOnlyIfNothingNeedsIt() throws {
        let survey = ContentSurvey(fixture.store)
        #expect(try !survey.remove(damaged: id) { true })
        // The upload that made it is still there, and counts on it.
        #expect(try !survey.remove(damaged: id) { false })
        for upload in try fixture.store.uploadIDs() { try fixture.store.removeUpload(upload) }
        #expect(try survey.remove(damaged: id) { false })
        #expect(try !fixture.store.hasContent(id))
    }
}
