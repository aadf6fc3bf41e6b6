import FloydModel
import FloydTree
import Foundation
import Testing

@testable import FloydBlobs

struct UploadTests {
    static let files: [TestFile] = [
        .folder("bin"), .file("bin/run", "#!/bin/sh\n", executable: true),
        .file("data.bin", (0..<3_000).map { UInt8(truncatingIfNeeded: $0 * 7) }),
        .folder("empty"), .file("nothing", ""), .link("shortcut", "bin/run"), .file("src/deep/er/a.py", "print(1)\n"),
        .file("src/same.py", "print(1)\n"),
    ]

    @Test func theWholeWay() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        #expect(folder.totals.entries == 8)
        #expect(folder.totals.files == 5)
        #expect(folder.totals.bytes == 3_028)
        #expect(
            try fixture.missing(in: folder) == [1, 2, 6],
            "what is there twice is sent once, what is empty not at all"
        )
        #expect(folder.totals.length == 3_019)
        #expect(try folder.status() == UploadStatus(state: .receiving, offset: 0))
        try fixture.send(Self.files, to: folder)
        #expect(try folder.status() == UploadStatus(state: .complete, offset: 3_019))
        let tree = try folder.commit()
        #expect(Hex.string(tree.digest) == folder.totals.digest)
        #expect((tree.entries, tree.files, tree.bytes) == (8, 5, 3_028))
        #expect(try folder.status() == UploadStatus(state: .committed, offset: 3_019))
        #expect(try fixture.store.hasTree(tree.digest))
        var entries: [ManifestEntry] = []
        try fixture.store.forEachEntry(of: tree.digest) { entries.append($0) }
        #expect(entries == Self.files.map(\.entry))
        var contents: [ContentID] = []
        try fixture.store.forEachContents(of: tree.digest, size: 2) { contents += $0.map(\.id) }
        #expect(contents == Self.files.compactMap { ContentID(of: $0.entry) })
    }

    @Test func theFolderOfLinks() throws {
        let fixture = try Fixture()
        let tree = try fixture.upload(Self.files)
        let path = try fixture.store.materialise(tree.digest)
        try expectTree(at: path, Self.files, file: 0o444, executable: 0o555)
        let shared = try FileManager.default.attributesOfItem(atPath: "\(path)/src/same.py")[.referenceCount] as? Int
        #expect(shared == 3, "two names in the tree and the content")
        try FileManager.default.removeItem(atPath: path)
        #expect(try fixture.store.materialise(tree.digest) == path)
        try expectTree(at: path, Self.files, file: 0o444, executable: 0o555)
        #expect(try fixture.names(in: "materialised").allSatisfy { !$0.hasPrefix(".") })
    }

    @Test func copiesShareNothing() throws {
        let fixture = try Fixture()
        let tree = try fixture.upload(Self.files)
        let path = "\(fixture.root)/copy"
        try fixture.store.copyTree(tree.digest, to: path, owner: (geteuid(), getegid()))
        try expectTree(at: path, Self.files, file: 0o644, executable: 0o755)
        #expect(try FileManager.default.attributesOfItem(atPath: "\(path)/src/same.py")[.referenceCount] as? Int == 1)
        #expect(throws: FloydError.self, "what is there is not overwritten") {
            try fixture.store.copyTree(tree.digest, to: path)
        }
        #expect(throws: FloydError.self) {
            try fixture.store.copyTree([UInt8](repeating: 0, count: 32), to: path + "2")
        }
    }

    @Test func aCopyDoesNotFollowLinksThatStandInItsWay() throws {
        let fixture = try Fixture()
        let tree = try fixture.upload(Self.files)
        let (path, outside) = ("\(fixture.root)/copy", "\(fixture.root)/outside")
        for folder in [path, outside] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        try FileManager.default.createSymbolicLink(atPath: "\(path)/src", withDestinationPath: outside)
        #expect(throws: FloydError.self) { try fixture.store.copyTree(tree.digest, to: path) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: outside).isEmpty)
    }

    @Test(.enabled(if: geteuid() == 0)) func everythingInACopyGetsItsOwner() throws {
        let fixture = try Fixture()
        let tree = try fixture.upload(Self.files)
        let path = "\(fixture.root)/copy"
        try fixture.store.copyTree(tree.digest, to: path, owner: (12_345, 54_321))
        for name in [""] + Self.files.map(\.entry.path) + ["src", "src/deep"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
            #expect(attributes[.ownerAccountID] as? Int == 12_345, "\(name)")
            #expect(attributes[.groupOwnerAccountID] as? Int == 54_321, "\(name)")
        }
    }

    private func expectTree(at path: String, _ files: [TestFile], file: Int, executable: Int) throws {
        let manager = FileManager.default
        for item in files {
            let full = "\(path)/\(item.entry.path)"
            let attributes = try manager.attributesOfItem(atPath: full)
            let mode = attributes[.posixPermissions] as? Int
            switch item.entry.kind {
            case .dir:
                #expect(attributes[.type] as? FileAttributeType == .typeDirectory)
                #expect(mode == 0o755)
            case .link: #expect(try manager.destinationOfSymbolicLink(atPath: full) == item.entry.target)
            case .file:
                #expect(manager.contents(atPath: full) == Data(item.bytes))
                #expect(mode == (item.entry.executable ? executable : file))
            }
        }
        let expected = Set(files.map(\.entry.path) + ["src", "src/deep", "src/deep/er"])
        let found = Set(try manager.subpathsOfDirectory(atPath: path))
        #expect(found.isSubset(of: expected), "\(found.subtracting(expected))")
    }

    @Test func committingTwiceGivesTheSame() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        try fixture.send(Self.files, to: folder)
        let tree = try folder.commit()
        #expect(try folder.commit() == tree)
        #expect(try fixture.store.upload(folder.id).commit() == tree)
        #expect(try fixture.upload(Self.files) == tree, "another upload of the same")
        let error = #expect(throws: FloydError.self) { _ = try folder.receive(at: 0) }
        #expect(error?.code == .conflict)
    }

    @Test func theEmptyTree() throws {
        let fixture = try Fixture()
        let tree = try fixture.upload([])
        #expect(tree.digest == FileHasher.sha256([]))
        let path = try fixture.store.materialise(tree.digest)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
        #expect(try fixture.upload([]) == tree)
    }

    @Test func emptyFilesAloneNeedNoStream() throws {
        let fixture = try Fixture()
        let files: [TestFile] = [.file("__init__.py", ""), .file("run", "", executable: true)]
        let tree = try fixture.upload(files)
        let path = try fixture.store.materialise(tree.digest)
        let mode = try FileManager.default.attributesOfItem(atPath: "\(path)/run")[.posixPermissions] as? Int
        #expect(mode == 0o555)
        #expect(try fixture.names(in: "contents").isEmpty)
    }

    @Test func oneContentExecutableAndNot() throws {
        let fixture = try Fixture()
        let files: [TestFile] = [.file("a", "same"), .file("b", "same", executable: true), .file("c", "same")]
        let folder = try fixture.plan(files.map(\.entry))
        #expect(try fixture.missing(in: folder) == [0, 1])
        try fixture.send(files, to: folder)
        let path = try fixture.store.materialise(try folder.commit().digest)
        for (name, mode) in [("a", 0o444), ("b", 0o555), ("c", 0o444)] {
            #expect(
                try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.posixPermissions] as? Int == mode
            )
        }
        #expect(try fixture.names(in: "contents").count == 2)
    }

    @Test func codeNeedsNoFolderOfLinks() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        try fixture.send(Self.files, to: folder)
        _ = try folder.commit()
        #expect(try fixture.names(in: "materialised").isEmpty)
    }

    @Test func filesWithoutAHash() throws {
        let fixture = try Fixture()
        let files: [TestFile] = [
            .file("a", "one", hashed: false), .file("b", "one", hashed: false), .file("c", "", hashed: false),
            .file("d", "two"),
        ]
        let folder = try fixture.plan(files.map(\.entry))
        #expect(folder.totals.unhashed == 3)
        #expect(folder.totals.digest == nil)
        #expect(try fixture.missing(in: folder) == [0, 1, 3], "without a hash nothing can be seen to be the same")
        try fixture.send(files, to: folder)
        let without = #expect(throws: FloydError.self) { try folder.commit() }
        #expect(without?.code == .invalidRequest)
        let hashes = try folder.receiveHashes()
        let lines = files.prefix(3).map { Hex.string(FileHasher.hash($0.bytes, .blake3).bytes) + "\n" }.joined()
        for byte in lines.utf8 { try hashes.append([byte]) }
        try hashes.finish()
        // Another request that doesn't come to an end.
        let second = try folder.receiveHashes()
        try second.append(Array("00".utf8))
        let tree = try folder.commit()
        let hashed: [TestFile] = [.file("a", "one"), .file("b", "one"), .file("c", ""), .file("d", "two")]
        #expect(try fixture.upload(hashed) == tree)
    }

    @Test(arguments: [
        "", "zz\n", "\n", String(repeating: "0", count: 63) + "\n", String(repeating: "0", count: 65) + "\n",
    ])
    func listsOfHashesThatAreNone(text: String) throws {
        let fixture = try Fixture()
        let folder = try fixture.plan([TestFile.file("a", "one", hashed: false).entry])
        let before = try FileManager.default.contentsOfDirectory(atPath: folder.paths.folder).sorted()
        let error = #expect(throws: FloydError.self) {
            let hashes = try folder.receiveHashes()
            try hashes.append(Array(text.utf8))
            try hashes.finish()
        }
        #expect(error?.code == .invalidRequest)
        // However often somebody tries.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.paths.folder).sorted() == before)
    }

    @Test func aPromisedHashThatIsWrongFailsTheUpload() throws {
        let fixture = try Fixture()
        let files: [TestFile] = [.file("a", "one", hashed: false), .file("b", "two", hashed: false)]
        let folder = try fixture.plan(files.map(\.entry))
        try fixture.send(files, to: folder)
        let hashes = try folder.receiveHashes()
        try hashes.append(
            Array(
                "\(Hex.string(FileHasher.hash(files[0].bytes, .blake3).bytes))\n\(Hex.string(ContentHash.ofNothing(.blake3).bytes))\n"
                    .utf8
            )
        )
        try hashes.finish()
        let error = #expect(throws: FloydError.self) { try folder.commit() }
        #expect(error?.code == .contentMismatch)
        #expect(error?.message.contains("\"b\"") == true)
        #expect(throws: FloydError.self) { try folder.commit() }
        #expect(try fixture.names(in: "trees").isEmpty)
        #expect(try fixture.names(in: "materialised").isEmpty)
    }

    @Test func badManifestsLeaveNothing() throws {
        let fixture = try Fixture()
        for path in ["../x", "/etc/passwd", "a/../../b", "a\0b", String(repeating: "x", count: 300)] {
            let error = #expect(throws: FloydError.self) { try fixture.plan([TestFile.file(path, "x").entry]) }
            #expect(error?.code == .invalidPath)
        }
        #expect(throws: FloydError.self) { try fixture.plan([TestFile.link("l", "/etc/passwd").entry]) }
        #expect(throws: FloydError.self) {
            try fixture.plan([TestFile.link("l", "x").entry, TestFile.file("l/passwd", "x").entry])
        }
        #expect(try fixture.names(in: "uploads").isEmpty)
    }
}
